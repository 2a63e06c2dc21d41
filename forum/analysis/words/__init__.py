"""A campaign's own words for the analysis: synonyms, and user words that the dictionary splits."""
