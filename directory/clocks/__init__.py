"""Say how much time a case has left, and why."""
