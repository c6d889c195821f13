"""Show guidance: what waits, each thread, what was answered to others; let people of the hall ask and answer."""
