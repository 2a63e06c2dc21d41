"""Opinion groups and common ground: who votes alike, and what every part of the people agrees on."""
