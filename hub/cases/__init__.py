"""Keep what the halls say about their cases ready for questions: a read model of the ledger."""
