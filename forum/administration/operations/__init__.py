"""Commands for whoever runs the forum: set it up, check it."""
