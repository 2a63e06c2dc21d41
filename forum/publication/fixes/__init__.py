"""What came of everyday ideas: checks, short answers and pilots, as journey, board, reports and search tell it."""
