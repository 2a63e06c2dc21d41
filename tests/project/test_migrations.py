from __future__ import annotations

import sqlalchemy as sa
from flask_migrate import check, downgrade, upgrade

from forum.extensions import db


def test_the_migrations_make_exactly_what_the_models_say(app):
    db.session.rollback()
    check()  # exits on any difference


def test_the_migrations_run_both_ways(app, bases, engine_name):
    downgrade(revision="base")
    with db.engine.connect() as connection:
        left = set(sa.inspect(connection).get_table_names())
    assert left <= {"alembic_version"}
    upgrade()
    check()
