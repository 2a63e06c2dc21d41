from __future__ import annotations

import sqlalchemy as sa

from forum.core.extensions import db
from forum.system.jobs.runner import record_worker_heartbeat


def test_healthz_asks_nothing_of_the_database(client, count_queries):
    assert count_queries(lambda: client.get("/healthz")) == 0
    assert client.get("/healthz").json == {"status": "ok"}


def test_readyz_tells_of_worker_and_analysis_beside_the_database(client, make):
    said = client.get("/readyz")
    assert (said.status_code, said.json["migrated"]) == (200, True)
    assert (said.json["worker_seen_at"], said.json["last_analysis_at"]) == (None, None)
    record_worker_heartbeat()
    make.run()
    said = client.get("/readyz").json
    assert said["worker_seen_at"].endswith("+00:00")
    assert said["last_analysis_at"].endswith("+00:00")


def test_readyz_is_503_on_another_migration(client, app):
    now = db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    db.session.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    db.session.commit()
    try:
        said = client.get("/readyz")
        assert (said.status_code, said.json["migrated"]) == (503, False)
    finally:
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = :now"), {"now": now})
        db.session.commit()


def test_readyz_is_503_without_a_database(client, monkeypatch):
    from forum.administration.operations import services

    def gone():
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(services, "is_migrated", gone)
    said = client.get("/readyz")
    assert (said.status_code, said.json["database"]) == (503, "unreachable")
    assert (said.json["status"], said.json["queue"]) == ("not ready", "ok")


def test_readyz_names_a_queue_and_rate_limits_that_are_gone_and_still_answers_200(client, app, monkeypatch):
    assert client.get("/readyz").json["status"] == "ok"
    queue = app.extensions["forum_queue"]
    monkeypatch.setattr(queue.huey.storage, "queue_size", lost)
    monkeypatch.setattr("forum.administration.operations.services.limits_are_shared", lambda: False)
    said = client.get("/readyz")
    queue.outage.worked()
    assert said.status_code == 200
    assert [said.json[name] for name in ("status", "queue", "rate_limits")] == ["degraded", "unreachable", "in memory"]


def test_readyz_names_a_blob_store_that_is_gone_and_still_answers_200(client, make, app, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setitem(app.config, "BLOB_STORE", str(tmp_path / "file" / "store"))
    app.extensions["blob_stores"].clear()
    make.blob(b"waits")
    said = client.get("/readyz")
    app.extensions["blob_stores"].clear()
    assert said.status_code == 200
    assert [said.json[name] for name in ("status", "blob_store", "photos_waiting_bytes")] == [
        "degraded",
        "unreachable",
        5,
    ]


def lost():
    raise OSError("connection refused")
