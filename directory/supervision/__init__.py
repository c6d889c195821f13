"""Judge how a case is handled: lights, reminders, cards, orders."""
