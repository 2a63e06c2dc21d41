"""Follow things of the forum, to get the notices about them."""
