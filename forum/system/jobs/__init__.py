"""Background jobs as rows: enqueued in a transaction, run by a worker, shown on a page."""
