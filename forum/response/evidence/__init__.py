"""Evidence: what pledges, pilots and ratings came to, on a theme's page, in letters and where people write anew."""
