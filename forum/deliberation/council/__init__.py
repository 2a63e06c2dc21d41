"""The council: terms, seats of civil and government members, sub-committees, people's-forum teams and delegates."""
