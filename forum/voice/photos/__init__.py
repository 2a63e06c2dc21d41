"""Photos of ideas: checked, rebuilt from their pixels, shown, hidden and removed."""
