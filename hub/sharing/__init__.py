"""Keep what halls have with each other over resources: shares, and errors that were found."""
