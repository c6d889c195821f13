"""Read the hall's own systems, and turn their rows into drafts for the outbox."""
