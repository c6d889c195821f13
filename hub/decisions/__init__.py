"""Decide on questions about personal data, and write every decision down before its answer leaves."""
