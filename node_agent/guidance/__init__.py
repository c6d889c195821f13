"""Keep the threads of guidance in which the hall takes part: what was said, who looks after them, and what waits."""
