"""What a person may do with everything that is kept about them: take it along, or leave and have it deleted."""
