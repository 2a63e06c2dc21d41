"""What ministries promised in their answers, and how far they are."""
