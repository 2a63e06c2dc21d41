"""What citizens do: campaigns, ideas, votes; and what keeps it safe."""
