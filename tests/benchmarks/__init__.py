"""Programs that measure; none of them is a test, and none runs in `make test`. See docs/speed.md."""
