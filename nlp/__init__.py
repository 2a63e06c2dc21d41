"""Korean text analysis: from citizens' words to clusters that an analyst can read. Knows no web and no database."""
