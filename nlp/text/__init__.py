"""From raw text to the words that are compared: cleaning, tagging, spelling, compounds."""
