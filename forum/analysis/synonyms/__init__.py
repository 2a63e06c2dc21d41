"""A campaign's own synonyms, which its search for repeated ideas uses next to the shipped ones."""
