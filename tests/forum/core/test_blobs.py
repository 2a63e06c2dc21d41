from __future__ import annotations

import io

import sqlalchemy as sa

from forum.core import blobs
from forum.core.extensions import db

TRIAL = sa.Table(
    "bytes_trial",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)


def test_bytes_go_in_by_pieces_and_come_out_whole(app, monkeypatch):
    monkeypatch.setattr(blobs, "PIECE_BYTES", 7)
    TRIAL.create(db.session.connection())
    values = {1: bytes(range(256)), 2: b"PGCOPY\n\xff\r\n\0", 3: b"1234567"}
    for key, value in values.items():
        file = io.BytesIO(value)
        room = blobs.new_bytes(db.session, file, len(value))
        db.session.execute(sa.insert(TRIAL).values(id=key, value=room))
        blobs.fill_bytes(db.session, TRIAL.c.value, file, id=key)
    assert {row.id: row.value for row in db.session.execute(sa.select(TRIAL))} == values
    db.session.rollback()
