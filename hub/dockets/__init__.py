"""Keep matters: what the hub judges, says in its own journal, and then holds for so."""
