"""Opinion groups, common ground and fair slates: who votes alike, what everybody agrees on, and what stands for all."""
