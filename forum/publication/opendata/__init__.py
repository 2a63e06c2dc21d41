"""Open data: a forum's ideas, themes and answers as CSV, as they are now, with a line on every column."""
