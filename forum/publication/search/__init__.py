"""One search over everything that is public, and its page."""
