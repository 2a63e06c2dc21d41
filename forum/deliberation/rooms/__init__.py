"""The room of a gathering while it takes place: who is in it, its ideas and votes, and what it agrees on."""
