"""Say who may do what: roles and rules as data, and the pure law that is compiled from them."""
