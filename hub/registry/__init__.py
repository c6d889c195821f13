"""Know who belongs to the exchange: halls, tokens, certificates and keys."""
