"""`make assault`: crash tests of web workers, job workers and the database under load. See docs/assault.md."""
