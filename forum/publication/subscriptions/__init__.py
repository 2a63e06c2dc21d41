"""People who get a mail when new digests of a forum are out, without an account."""
