"""The page `/style`: every component in its states, to look at while working on one."""
