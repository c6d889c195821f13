"""The pages, an area a file."""
