"""Joint sessions: gatherings and single people online share one agenda of timed steps."""
