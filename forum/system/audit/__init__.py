"""Who among the staff did what: one entry per act, in the act's own transaction."""
