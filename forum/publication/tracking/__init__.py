"""Pages that follow an idea from its proposal to its answer, and back."""
