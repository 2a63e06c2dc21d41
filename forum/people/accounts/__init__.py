"""Who people are: registering, signing in and out, roles, and each person's own page."""
