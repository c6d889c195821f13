"""Carry signed messages between the halls of a province."""
