"""The worker's old address, and nothing else: the slice is `forum.system.jobs`. Goes with release 0.3."""
