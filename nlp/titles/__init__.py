"""What a theme is called and what stands for it: keywords, noun phrases, topics, representatives."""
