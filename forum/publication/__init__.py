"""What anybody reads: pages across the slices, digests."""
