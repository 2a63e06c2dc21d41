"""What the votes say together: for now, the program that checks the proof of a slate."""
