"""Write what was delivered into the hall's own systems."""
