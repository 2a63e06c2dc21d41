from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from forum.core.access import SYSTEM
from forum.core.errors import Forbidden
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry
from forum.system.audit.queries import verify_chain
from forum.system.audit.tasks import seal_all_entries
from forum.voice.ideas.importing import open_source
from forum.voice.ideas.models import Comment, Idea, IdeaOriginal, IdeaRevision
from forum.voice.ideas.tasks import decode_existing, import_ideas, mask_existing, reindex


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
    again = import_ideas(campaign, SYSTEM, source)
    assert (again.imported, again.already_there) == (0, 3)
    entries = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "ideas.import").order_by(AuditEntry.id)
    ).all()
    assert [entry.after["imported"] for entry in entries] == [2, 0]


ROWS = [{"external_id": str(n), "title": f"제안 {n}"} for n in range(1, 8)]


@pytest.fixture
def small_batches(monkeypatch):
    """Three batches for `ROWS`: 3, 3 and 1."""
    monkeypatch.setattr("forum.voice.ideas.tasks.IMPORT_BATCH_SIZE", 3)


def n_ideas():
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(Idea.id)))


def import_entries():
    query = sa.select(AuditEntry.action, AuditEntry.actor_id, AuditEntry.after).order_by(AuditEntry.id)
    return [(action, actor_id, after.get("imported")) for action, actor_id, after in db.session.execute(query)]


def test_an_import_of_several_batches_acts_as_its_account_from_the_first_to_the_last(make, tmp_path, small_batches):
    campaign, analyst = make.campaign(), make.analyst()
    db.session.commit()
    import_ideas(campaign, analyst, jsonl(tmp_path, *ROWS))
    assert n_ideas() == 7
    assert import_entries() == [("ideas.start_import", analyst.id, None), ("ideas.import", analyst.id, 7)]


def test_an_import_killed_between_batches_is_on_record_and_finishes_without_doubles(make, tmp_path, small_batches):
    campaign, analyst, source = make.campaign(), make.analyst(), jsonl(tmp_path, *ROWS)
    db.session.commit()

    def killed(_n_rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_ideas(campaign, analyst, source, killed)
    assert n_ideas() == 3
    assert import_entries() == [("ideas.start_import", analyst.id, None)]
    report = import_ideas(campaign, analyst, source)
    assert (report.imported, report.already_there, n_ideas()) == (4, 3, 7)
    assert import_entries()[-1] == ("ideas.import", analyst.id, 4)


def test_the_last_ideas_and_the_audit_entry_are_stored_together_or_not_at_all(
    make, tmp_path, small_batches, monkeypatch
):
    campaign, analyst, source = make.campaign(), make.analyst(), jsonl(tmp_path, *ROWS)
    db.session.commit()

    def broken(*_args):
        raise RuntimeError

    monkeypatch.setattr("forum.voice.ideas.tasks.record_import", broken)
    with pytest.raises(RuntimeError):
        import_ideas(campaign, analyst, source)
    assert n_ideas() == 6


def test_masking_and_verifying_leave_the_callers_rows_in_the_session(make, monkeypatch):
    monkeypatch.setattr("forum.system.audit.queries.BATCH_SIZE", 1)
    idea, analyst = make.idea(), make.analyst()
    seal_all_entries()
    db.session.commit()
    mask_existing()
    verify_chain()
    assert idea in db.session
    assert analyst.display_name


def test_citizens_import_nothing(make, tmp_path):
    source = jsonl(tmp_path, {"external_id": "1", "title": "가"})
    with pytest.raises(Forbidden):
        import_ideas(make.campaign(), make.citizen(), source)


def stored_before(model, row, **words):
    """Write words past the model and the services, as an older version left them."""
    db.session.execute(sa.update(model).where(model.id == row.id).values(**words))
    db.session.commit()
    db.session.expire_all()


def test_entities_stored_before_are_decoded_once_with_history_tokens_and_audit(make):
    idea, comment, plain = make.idea(), make.comment(), make.idea(title="R&D와 AT&T", body="a && b &lt;")
    stored_before(
        Idea, idea, title="&#34;두레&#34; 센터", body="물&nbsp;아끼기 &amp;quot;하나&amp;quot;", search_tokens="quot"
    )
    stored_before(Comment, comment, body="&lt;script&gt; 좋아요")
    stored_before(Idea, plain, body="a && b")
    assert decode_existing() == 2
    assert (idea.title, idea.body, comment.body) == ('"두레" 센터', '물 아끼기 "하나"', "<script> 좋아요")
    assert (plain.title, plain.revision) == ("R&D와 AT&T", 1)
    assert "quot" not in idea.search_tokens.split()
    (kept,) = db.session.scalars(sa.select(IdeaRevision).where(IdeaRevision.idea_id == idea.id)).all()
    assert (kept.number, kept.title, idea.revision) == (1, "&#34;두레&#34; 센터", 2)
    decoded = sa.select(AuditEntry).where(AuditEntry.action.endswith(".decode")).order_by(AuditEntry.id)
    entries = db.session.scalars(decoded).all()
    assert [(entry.action, entry.subject_id) for entry in entries] == [
        ("ideas.decode", idea.id),
        ("comments.decode", comment.id),
    ]
    assert all(entry.before["words"] != entry.after["words"] for entry in entries)
    assert decode_existing() == 0
    assert idea.revision == 2


def test_decoding_goes_on_after_a_kill(make, monkeypatch):
    ideas = [make.idea() for _ in range(3)]
    for idea in ideas:
        stored_before(Idea, idea, title="물 &amp; 불")
    monkeypatch.setattr("forum.voice.ideas.services.BATCH_SIZE", 1)

    def killed(_n_rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode_existing(killed)
    db.session.rollback()
    assert decode_existing() == 2
    assert {idea.title for idea in ideas} == {"물 & 불"}
    assert {idea.revision for idea in ideas} == {2}


def test_what_could_not_be_stored_decoded_stays_and_what_is_found_is_masked(make):
    blank, number, phone = make.idea(), make.idea(), make.idea()
    stored_before(Idea, blank, title="&nbsp;&#8203;")
    stored_before(Idea, number, body="900101&#45;1234567")
    stored_before(Idea, phone, body="전화 &#48;10-1234-5678 주세요")
    assert decode_existing() == 1
    assert (blank.title, number.body) == ("&nbsp;&#8203;", "900101&#45;1234567")
    assert "1234" not in phone.body
    assert "010-1234-5678" in db.session.get(IdeaOriginal, phone.id).body


def test_an_import_decodes_titles_and_plain_bodies(make, tmp_path):
    campaign = make.campaign()
    db.session.commit()
    row = {"external_id": "1", "title": "&#34;두레&#34;", "body": "R&D &amp;amp; &lt;script&gt;x&lt;/script&gt;"}
    import_ideas(campaign, SYSTEM, jsonl(tmp_path, row))
    idea = db.session.scalars(sa.select(Idea)).one()
    assert (idea.title, idea.body) == ('"두레"', "R&D & <script>x</script>")
