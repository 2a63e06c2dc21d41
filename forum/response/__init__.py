"""From a letter to a kept promise."""
