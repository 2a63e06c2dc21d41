"""Only for development: sample data, launcher, assets."""
