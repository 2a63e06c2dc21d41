"""What surrounds every request: the gate, forms, error pages; knows no slice."""
