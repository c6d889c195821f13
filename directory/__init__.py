"""Judge who may do what, and what state things are in: the rules that hub and halls share."""
