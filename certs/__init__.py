"""What can be proved, and by whom: keys, certificates, notes, Merkle logs and evidence."""
