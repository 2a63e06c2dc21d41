"""Korean text analysis: from citizens' ideas to themes. Knows no web and no database."""
