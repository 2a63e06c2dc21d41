"""Which sector and ministry an idea belongs to, with the reason."""
