"""Send a hall's cases upward, and take in what is addressed to it."""
