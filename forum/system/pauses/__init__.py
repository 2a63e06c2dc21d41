"""Election pauses: days on which gatherings and mailings stop."""
