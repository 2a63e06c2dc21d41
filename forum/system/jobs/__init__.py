"""Long work as rows: asked for in a transaction, done by a worker, seen by people."""
