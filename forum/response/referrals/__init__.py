"""Themes sent to ministries as letters, with the history and clocks of each letter."""
