"""Public reading: pages that combine the slices, and digests."""
