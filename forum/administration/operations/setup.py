from __future__ import annotations

import sys

from flask import Flask

from forum.administration.operations.services import refuse_samples_in_production


def register(app: Flask) -> None:
    """Refuse to serve with sample accounts; commands still run, since they are needed to remove them."""
    is_command = len(sys.argv) > 0 and sys.argv[0].endswith("flask")
    if not is_command:
        with app.app_context():
            refuse_samples_in_production()
