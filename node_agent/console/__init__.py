"""Serve the hall's people their pages: a door of the agent, in front of its rooms as the command line is."""
