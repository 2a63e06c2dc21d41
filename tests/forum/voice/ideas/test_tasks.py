from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from forum.core.access import SYSTEM
from forum.core.errors import Forbidden
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry
from forum.voice.ideas.importing import open_source
from forum.voice.ideas.models import Idea
from forum.voice.ideas.tasks import import_ideas, reindex


def test_stale_search_tokens_are_made_anew(make):
    idea = make.idea(title="전기차 충전소", body="더 많이", search_tokens="낡은", search_tokens_version=0)
    db.session.commit()
    assert reindex() == 1
    assert "충전소" in idea.search_tokens
    assert reindex() == 0


def jsonl(tmp_path, *records, name="in.jsonl"):
    path = tmp_path / name
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in records), encoding="utf-8")
    return open_source(path, 10**6)


def test_an_import_takes_good_rows_names_bad_ones_and_runs_twice(make, tmp_path):
    campaign = make.campaign()
    db.session.commit()
    good = {
        "external_id": "s-1",
        "title": "따릉이",
        "body": "<p>더&nbsp;많이</p><p>둘째</p>",
        "agree_count": 3,
        "created_at": "2019-08-31 18:53:18",
    }
    bare = {"external_id": "s-2", "title": "제목만", "body": None}
    bad = {"external_id": "s-3", "title": "번호 900101-1234567"}
    source = jsonl(tmp_path, good, bare, bad, "{broken", {"title": "이름 없음"}, {"external_id": "s-1", "title": "또"})
    report = import_ideas(campaign, SYSTEM, source)
    assert (report.n_rows, report.imported, report.already_there, report.without_body) == (6, 2, 1, 1)
    assert [row.number for row, _reason in report.rejected] == [3, 4, 5]
    first = db.session.scalars(sa.select(Idea).where(Idea.external_id == "s-1")).one()
    assert (first.body, first.imported_agree_count, first.author_id) == ("더 많이\n\n둘째", 3, None)
    assert first.created_at == datetime(2019, 8, 31, 9, 53, 18, tzinfo=UTC)
    assert first.tally.agree == 0
    again = import_ideas(db.session.merge(campaign), SYSTEM, source)
    assert (again.imported, again.already_there) == (0, 3)
    entries = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "ideas.import").order_by(AuditEntry.id)
    ).all()
    assert [entry.after["imported"] for entry in entries] == [2, 0]


def test_citizens_import_nothing(make, tmp_path):
    source = jsonl(tmp_path, {"external_id": "1", "title": "가"})
    with pytest.raises(Forbidden):
        import_ideas(make.campaign(), make.citizen(), source)
