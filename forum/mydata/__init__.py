"""What a person may do with everything that is kept about them: leave, and have it deleted."""
