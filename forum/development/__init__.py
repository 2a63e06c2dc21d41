"""Development only: sample data, launcher, npm assets."""
