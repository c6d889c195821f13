"""Speak to the hub: nothing else in the agent does."""
