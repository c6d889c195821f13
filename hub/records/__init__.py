"""Judge the records of catalogued resources, and hand them on to those with a grant."""
