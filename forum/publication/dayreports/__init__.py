"""Reports of the day: what a joint session of many rooms came to, as a page and files, a minute after its end."""
