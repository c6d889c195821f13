"""Open the doors: decode a call, ask one room, encode the answer."""
