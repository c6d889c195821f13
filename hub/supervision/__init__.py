"""Supervise how cases are handled: issue cards, reminders and orders, and keep what becomes of them."""
