"""Know who of the hall may sign in, and who is signed in."""
