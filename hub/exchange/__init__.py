"""Take batches in, log them, deliver them: the exchange itself."""
