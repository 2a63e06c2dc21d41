"""A council's round: tasks on a long list, five stages, and what each stage decided."""
