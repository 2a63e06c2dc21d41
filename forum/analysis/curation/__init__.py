"""The analysts' desk: what people make of what the machine found. Every act can be undone."""
