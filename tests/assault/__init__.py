"""`make assault`: web workers, job workers and the whole database killed under load. See docs/assault.md."""
