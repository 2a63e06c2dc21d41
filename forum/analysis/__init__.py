"""From ideas to policy themes: the machine, and the analysts over it."""
