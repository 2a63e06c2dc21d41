"""The analysts' pages: themes created from clusters and edited. Every edit can be undone."""
