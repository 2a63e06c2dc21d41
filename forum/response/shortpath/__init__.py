"""The short path of everyday ideas: a check within three working days, and an office's short answer."""
