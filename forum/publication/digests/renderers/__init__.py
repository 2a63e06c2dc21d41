"""Renderers of a digest. Each is a pure function from content to bytes; import it where a job needs it."""
