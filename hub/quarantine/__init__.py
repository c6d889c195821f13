"""Keep halls in quarantine, and send on what they sent meanwhile when they are released."""
