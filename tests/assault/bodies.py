"""Every odd body, row, address and argument of `tests/project/rights/odd_bodies.py`, to every route as every role."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from forum import create_app
from tests.conftest import ForumClient, test_config
from tests.project.rights.odd_bodies import Attack, everything
from tests.servers import PostgresBase, SqliteBase

ACTORS = ("visitor", "citizen", "analyst", "officer", "admin")


def attack_routes(engine: str) -> Iterator[dict[str, object]]:
    """Yield what was found as each actor; `wrong` is empty if all is well."""
    base = SqliteBase() if engine == "sqlite" else PostgresBase()
    try:
        app = create_app(test_config(base.url, Path(tempfile.mkdtemp(prefix="forum-bodies-"))))
        app.test_client_class = ForumClient
        with app.app_context():
            base.prepare(app)
            for actor in ACTORS:
                begun = time.monotonic()
                base.clear()
                attack = Attack(app, base, actor)
                count = everything(attack)
                yield {
                    "actor": actor,
                    "requests": count,
                    "wrong": attack.wrong[:20],
                    "n_wrong": len(attack.wrong),
                    "seconds": round(time.monotonic() - begun, 1),
                }
    finally:
        base.close()
