"""Follow the threads of guidance: who takes part in which, how long answers are waited for, and the files that they name."""
