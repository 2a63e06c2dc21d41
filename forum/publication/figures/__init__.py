"""Numbers of a forum for its pictures."""
