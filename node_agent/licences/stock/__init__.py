"""Load a stock of licences that were issued before there was an exchange."""
