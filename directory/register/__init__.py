"""Fold what the hub says of the province's directory into one register, and judge what is to be changed in it."""
