"""Large files of people: kept in a store by their SHA-256, with a row in the database."""
