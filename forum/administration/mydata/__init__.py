"""A person's own data: export it, or close the account and have it deleted."""
