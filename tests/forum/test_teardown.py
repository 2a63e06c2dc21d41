"""A database that dies under a request: the answer that was already made still gets out."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.extensions import db


def test_a_connection_that_died_after_the_answer_was_made_spoils_nothing(app, client, monkeypatch):
    def breaks(self, connection):
        raise sa.exc.OperationalError("ROLLBACK", {}, Exception("server closed the connection unexpectedly"))

    def page():
        db.session.execute(sa.text("SELECT 1"))
        monkeypatch.setattr(type(db.engine.dialect), "do_rollback", breaks)
        return "kept"

    monkeypatch.setitem(app.view_functions, "operations.healthz", page)
    page.is_public = True
    answer = client.get("/healthz")
    monkeypatch.undo()
    assert (answer.status_code, answer.text) == (200, "kept")
    assert client.get("/readyz").status_code == 200
