"""Guest passes: people take part in a gathering without an account. Knows no gatherings."""
