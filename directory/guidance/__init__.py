"""Say what guidance is: what may be said in a thread, how a thread stands, and until when an answer is awaited."""
