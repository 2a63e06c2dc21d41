"""What ideas of an everyday campaign say beside their words: kind and place."""
