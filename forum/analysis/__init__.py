"""From ideas to policy themes: what the analysis finds, and what analysts make of it."""
