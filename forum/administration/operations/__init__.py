"""Operation of the forum: setup, checks, backup and restore."""
