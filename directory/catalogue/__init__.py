"""Describe what information there is in the province, who keeps it and how it is shared (GB/T 21063)."""
