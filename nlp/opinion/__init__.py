"""Groups of opinion, common ground between them, and fair slates."""
