"""What the votes say together: snapshots of opinion groups and common ground, and the pages that show them."""
