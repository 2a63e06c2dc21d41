from __future__ import annotations

from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import check, downgrade, upgrade
from sqlalchemy.exc import DBAPIError

from forum.analysis.opinions.models import OpinionConsent
from forum.analysis.themes.models import (
    MemberSource,
    RunState,
    Theme,
    ThemeIdea,
    ThemeState,
    UnthemedIdea,
    UnthemedReason,
)
from forum.analysis.words.models import CampaignWords
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.joint.models import ActionKind, ActionState, JointSession, RoomAction
from forum.deliberation.sheets.counting import Marks, count_sheets
from forum.deliberation.sheets.models import SheetCount, SheetCountRow
from forum.people.accounts.models import Account
from forum.people.follows.models import Follow
from forum.people.policies.models import PolicyAgreement, PolicyKind, PolicyVersion
from forum.publication.dayreports.models import DayReport, DayReportFile
from forum.publication.digests.models import Digest, DigestFile, DigestKind, DigestState, PeriodKind
from forum.response.answers.models import AnswerWriter
from forum.response.answers.services import save_draft
from forum.response.answers.words import AnswerInput
from forum.response.certificates.models import Certificate, NameConsent, RevocationReason
from forum.response.certificates.tasks import issue_certificates
from forum.response.datasets.models import DatasetState, DatasetVersion
from forum.response.pilots.models import Pilot, PilotDecision, PilotReport, PilotState, PromiseReminder
from forum.response.referrals.models import Decision, Referral
from forum.system.notices.models import MailOptOut, MailStream, OutboxMail
from forum.system.notices.services import StreamedMail, queue_mail, queue_mail_to_leave, queue_streamed_mails
from forum.system.notices.streams import leave_stream
from forum.system.pauses.models import ElectionPause
from forum.system.pauses.services import set_pause
from forum.voice.guardians.models import ConsentHiddenText
from forum.voice.ideas.models import CommentState, Idea, IdeaState
from forum.voice.moderation.models import Hiding, Report
from forum.voice.votes.models import Vote, VoteEvent

WRITTEN_ANEW = "referral_part"
"""A table that the way down makes again in other words on SQLite, at the oldest revisions."""


def test_the_migrations_make_exactly_what_the_models_say(app):
    db.session.rollback()
    check()  # exits on any difference


def test_the_migrations_run_both_ways_and_each_leaves_the_schema_that_it_found(app):
    """What the way down leaves at a revision is what the way up makes there, so the tests below look at rows alone."""
    whole = schema_of(db.session.connection())
    db.session.rollback()
    down: dict[str, set[tuple[str, ...]]] = {}
    up: dict[str, set[tuple[str, ...]]] = {}
    with noting_schemas(down):
        downgrade(revision="base")
    with db.engine.connect() as connection:
        left = set(sa.inspect(connection).get_table_names())
    with noting_schemas(up):
        upgrade()
    assert left <= {"alembic_version"}
    check()
    head = ScriptDirectory("migrations").get_current_head()
    assert whole == up.pop(head)
    assert len(up) == len(down) > 60
    differences = {(one, *line) for one in up for line in up[one] ^ down[one] if WRITTEN_ANEW not in line}
    assert differences == set()


@contextmanager
def noting_schemas(found):
    """Note the schema at the end of each migration's transaction, by the revision that it leads to."""

    def note(connection):
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if revision is not None:
            found[revision] = schema_of(connection)

    sa.event.listen(db.engine, "commit", note)
    try:
        yield
    finally:
        sa.event.remove(db.engine, "commit", note)


def schema_of(connection):
    """Columns, constraints, indexes, triggers and views, as the engine spells them, whatever their order."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL").all()
        return {line for kind, name, sql in rows for line in _lines_of(kind, name, sql)}
    here = "current_schema()::regnamespace"
    return {
        tuple(map(str, row))
        for query in (
            f"""SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                       pg_get_expr(d.adbin, d.adrelid)
                  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                 WHERE c.relkind = 'r' AND c.relnamespace = {here} AND a.attnum > 0 AND NOT a.attisdropped""",
            f"""SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid)
                  FROM pg_constraint WHERE connamespace = {here}""",
            "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
            f"""SELECT 'trigger', tgrelid::regclass, tgname, pg_get_triggerdef(t.oid)
                  FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
                 WHERE NOT tgisinternal AND c.relnamespace = {here}""",
            "SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = current_schema()",
        )
        for row in connection.exec_driver_sql(query)
    }


def _lines_of(kind, name, sql):
    """A table line by line, since one that was copied has its columns in another order; the rest as it is."""
    if kind != "table":
        return [(kind, name, " ".join(sql.split()))]
    lines = (line.strip().rstrip(",") for line in sql.splitlines())
    return [(name, " ".join(line.replace('"', "").split())) for line in lines if line not in {"", ")"}]


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_the_queues_own_tables_are_no_difference(app):
    """With QUEUE=postgres huey's tables stand in the same database; a migration must not drop them."""
    db.session.execute(sa.text("CREATE TABLE huey_task (id integer)"))
    db.session.commit()
    try:
        check()
    finally:
        db.session.execute(sa.text("DROP TABLE huey_task"))
        db.session.commit()


def test_the_desk_migration_freezes_what_was_sent_and_knows_the_machines_titles(app, make):
    campaign = make.campaign()
    run = make.run(campaign, is_current=False)
    named = make.theme(campaign, run_id=run.id, cluster_id=run.clusters[0].id, title=run.clusters[0].title)
    sent, draft = make.theme(campaign, state=ThemeState.APPROVED), make.theme(campaign)
    make.referral(sent)
    merged = make.theme(campaign, [], state=ThemeState.MERGED, merged_into_id=draft.id)
    ids = {"named": named.id, "sent": sent.id, "draft": draft.id, "merged": merged.id}
    n_members = db.session.scalar(sa.select(sa.func.count()).select_from(ThemeIdea))
    db.session.commit()
    db.session.remove()
    downgrade(revision="20261124_analysts_desk")
    downgrade(revision="-1")
    with db.engine.connect() as connection:
        states = dict(connection.execute(sa.text("SELECT id, state FROM theme")).all())
    assert (states[ids["merged"]], states[ids["sent"]]) == ("DRAFT", "APPROVED")
    upgrade()
    themes = {name: db.session.get_one(Theme, key) for name, key in ids.items()}
    assert {name for name, theme in themes.items() if theme.frozen_at} == {"sent"}
    assert {name for name, theme in themes.items() if theme.title_source is MemberSource.MACHINE} == {"named"}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ThemeIdea)) == n_members
    frozen = db.session.scalars(sa.select(ThemeIdea.theme_id).where(ThemeIdea.is_frozen)).all()
    assert set(frozen) == {ids["sent"]}


def test_reports_hidings_and_revoked_consents_survive_the_migration_to_texts_both_ways(app, make):
    idea, comment, held = make.idea(), make.comment(), make.comment()
    target = make.idea()
    merged = make.hiding(make.idea(), state_before="MERGED", target_before_id=target.id)
    make.report(idea, words="광고 같아요"), make.report(comment)
    make.hiding(idea, appeal_text="아닙니다", appealed_at=merged.hidden_at), make.hiding(comment)
    make.hiding(held, is_held=True)
    consent = make.consent()
    taken = make.idea(state=IdeaState.WITHDRAWN), make.comment(state=CommentState.HIDDEN)
    db.session.add_all(
        ConsentHiddenText(text_kind=text.__tablename__, text_id=text.id, consent_id=consent.id, was_state=state)
        for text, state in zip(taken, ("OPEN", "VISIBLE"), strict=True)
    )
    db.session.commit()
    before = {model: rows_of(model) for model in (Report, Hiding, ConsentHiddenText)}
    held_id, tally_id = held.id, held.idea_id
    n_counted = held.idea.tally.comments
    db.session.remove()
    downgrade(revision="20261126_texts")
    downgrade(revision="-1")
    with db.engine.connect() as connection:
        old = connection.execute(sa.text("SELECT idea_id, comment_id, state_before FROM hiding ORDER BY id")).all()
        shown = connection.execute(sa.text(f"SELECT state FROM comment WHERE id = {held_id}")).scalar_one()
        counted = connection.execute(sa.text(f"SELECT comments FROM idea_tally WHERE idea_id = {tally_id}"))
        assert (shown, counted.scalar_one()) == ("VISIBLE", n_counted + 1)
        assert sorted(row.state_before or "-" for row in old) == ["-", "MERGED", "OPEN"]
        assert connection.execute(sa.text("SELECT count(*) FROM consent_hidden_comment")).scalar_one() == 1
    upgrade()
    after = {model: rows_of(model) for model in before}
    before[Hiding] = [row for row in before[Hiding] if not row["is_held"]]  # held texts are shown to the older version
    assert after == before
    make.report(make.idea())  # new rows are numbered after the old ones
    db.session.rollback()


def rows_of(model):
    rows = db.session.execute(sa.select(model.__table__).order_by(*model.__table__.primary_key)).mappings().all()
    db.session.rollback()
    return [dict(row) for row in rows]


def test_certificates_survive_both_ways_without_the_revoked_ones(app, make):
    partly, whole = make.answer(decision=Decision.PARTLY).referral, make.answer().referral
    wrong, old, valid = (certificate(make, referral, n) for referral, n in ((partly, 0), (whole, 1), (whole, 0)))
    make._add(NameConsent(certificate_id=old.id, account_id=old.participant.account_id))
    old.revoked_at, old.revoked_reason = clock.now(), RevocationReason.ISSUED_IN_ERROR
    db.session.commit()
    ids = {"wrong": wrong.id, "old": old.id, "valid": valid.id}
    db.session.remove()
    downgrade(revision="20261127_certificates")
    downgrade(revision="-1")
    with db.engine.connect() as connection:
        left = set(connection.execute(sa.text("SELECT id FROM certificate")).scalars())
    assert left == {ids["wrong"], ids["valid"]}
    upgrade()
    found = {one.id: one for one in db.session.scalars(sa.select(Certificate))}
    assert {key: one.decision for key, one in found.items()} == {
        ids["wrong"]: Decision.PARTLY,
        ids["valid"]: Decision.ACCEPTED,
    }
    issue_certificates()  # as the worker does after the upgrade
    db.session.expire_all()
    assert found[ids["wrong"]].revoked_reason is RevocationReason.ISSUED_IN_ERROR
    assert found[ids["valid"]].revoked_at is None
    with pytest.raises(sa.exc.IntegrityError):  # the guards are back
        db.session.execute(sa.delete(Certificate))
    db.session.rollback()


def certificate(make, referral, n):
    idea = referral.theme.members[n].idea
    values = {"referral_id": referral.id, "idea_id": idea.id, "participant_id": idea.author_id}
    return make._add(Certificate(**values, decision=Decision.ACCEPTED, issued_at=clock.now()))


def test_the_writers_of_a_draft_are_found_in_the_audit(app, make):
    make.answer()  # published: it has no writers on record, and gets none
    unsaved = make.answer(make.received(make.referral()), published_at=None)
    referral = make.received(make.referral())
    first, second = make.approver(referral.lead.ministry), make.officer(referral.lead.ministry)
    draft = save_draft(referral, first, AnswerInput(Decision.ACCEPTED, "하겠습니다"))
    save_draft(referral, second, AnswerInput(Decision.DECLINED, "못 합니다"), seen_revision=1)
    wanted = {(draft.id, first.id, 1), (draft.id, second.id, 2), (unsaved.id, unsaved.author_id, 1)}
    db.session.commit()
    db.session.remove()
    downgrade(revision="20261126_answer_writers")
    downgrade(revision="-1")
    upgrade()
    rows = db.session.execute(sa.select(AnswerWriter.answer_id, AnswerWriter.account_id, AnswerWriter.revision))
    assert {tuple(row) for row in rows} == wanted


def test_mails_survive_the_migration_to_streams_both_ways_and_what_was_followed_is_forgotten(app, make):
    account = make.citizen()
    queue_mail("haeun@example.org", "제목", "글", "old:1")
    queue_streamed_mails(MailStream.DAILY, [StreamedMail(account.id, account.email, "제목", "글", "daily:1")])
    leave_stream(account.id, MailStream.OWN)
    make.follow(account, make.idea())
    db.session.commit()
    before = rows_of(OutboxMail)
    db.session.remove()
    downgrade(revision="20261127_follow")
    downgrade(revision="-1")
    with db.engine.connect() as connection:
        keys = connection.execute(sa.text("SELECT message_key FROM outbox_mail ORDER BY id")).scalars().all()
    assert keys == ["old:1", "daily:1"]
    upgrade()
    lost = {"stream": None, "account_id": None, "is_mailing": False}
    assert rows_of(OutboxMail) == [row | lost for row in before]
    assert rows_of(Follow) == rows_of(MailOptOut) == []


def test_mails_know_whether_they_are_mailings_after_the_upgrade_and_pauses_go_with_a_downgrade(app, make):
    account = make.citizen()
    queue_streamed_mails(MailStream.DAILY, [StreamedMail(account.id, account.email, "오늘", "글", "daily:1")])
    queue_streamed_mails(MailStream.OWN, [StreamedMail(account.id, account.email, "내 글", "글", "own:1")])
    queue_mail_to_leave("lee@example.org", "보고서", "글", "digest:1", leaving="digests:1-0")
    set_pause(make.admin(), "시험 선거", clock.today(), clock.today())
    db.session.commit()
    db.session.remove()
    downgrade(revision="20261213_rounds_of_counting")
    with db.engine.connect() as connection:
        left = sa.inspect(connection).get_table_names()
    assert "election_pause" not in left
    upgrade()
    found = {mail.message_key: mail.is_mailing for mail in db.session.scalars(sa.select(OutboxMail))}
    assert found == {"daily:1": True, "own:1": False, "digest:1": True}
    assert rows_of(ElectionPause) == []


def test_everybody_but_the_invented_people_is_asked_to_agree_after_the_upgrade(app, make):
    real, invented = make.citizen(), make.citizen(is_sample=True)
    db.session.add(PolicyVersion(kind=PolicyKind.TERMS, version=1, title="이용약관", text="약속"))
    db.session.add(PolicyAgreement(account_id=real.id, kind=PolicyKind.TERMS, version=1))
    real_id, invented_id = real.id, invented.id
    db.session.commit()
    db.session.remove()
    downgrade(revision="20261127_policies")
    downgrade(revision="-1")
    upgrade()
    rows = db.session.execute(sa.select(Account.id, Account.must_agree).order_by(Account.id)).all()
    assert [tuple(row) for row in rows] == [(real_id, True), (invented_id, False)]
    db.session.rollback()


def test_an_empty_approval_becomes_an_older_reason_and_finished_runs_stay_guarded(app, make):
    campaign = make.campaign()
    building = {"state": RunState.BUILDING, "is_current": False, "finished_at": None}
    run = make.run(campaign, unthemed=[make.idea(campaign), make.idea(campaign)], **building)
    first = db.session.scalars(sa.select(UnthemedIdea).order_by(UnthemedIdea.idea_id)).first()
    first.reason = UnthemedReason.EMPTY_APPROVAL
    db.session.flush()
    run.state, run.finished_at = RunState.FINISHED, run.data_cut_at
    db.session.commit()
    db.session.remove()
    downgrade(revision="20261128_left_out_ideas")
    downgrade(revision="-1")
    with db.engine.connect() as connection:
        reasons = connection.execute(sa.text("SELECT reason FROM unthemed_idea ORDER BY idea_id")).scalars().all()
    assert reasons == ["NO_KNOWN_WORD", "TOO_FEW_FELLOWS"]
    upgrade()
    with pytest.raises(sa.exc.DBAPIError, match="the run is finished"):
        db.session.execute(sa.text("DELETE FROM unthemed_idea"))
    db.session.rollback()


def test_synonyms_move_to_the_words_of_their_campaign_and_back(app, make):
    campaign = make.campaign()
    row = {"id": campaign.id, "words": "바닥분수, 물놀이터", "at": clock.now()}
    db.session.commit()
    downgrade(revision="20261128_subjects")
    insert = "INSERT INTO synonym_list (campaign_id, words, version, changed_at) VALUES (:id, :words, 3, :at)"
    db.session.execute(sa.text(insert), row)
    db.session.commit()
    upgrade()
    words = db.session.get_one(CampaignWords, campaign.id)
    assert (words.user_words, words.synonyms, words.version) == ("", row["words"], 3)
    words.user_words = "햇빛발전"
    db.session.commit()
    downgrade(revision="20261128_subjects")
    assert db.session.execute(sa.text("SELECT words, version FROM synonym_list")).all() == [(row["words"], 3)]
    db.session.commit()
    upgrade()


def test_votes_keep_their_probability_guarded_and_stay_without_it(app, make):
    vote = make.vote()
    key = {"idea_id": vote.idea_id, "participant_id": vote.participant_id}
    vote.shown_probability = 0.25
    make.vote(value=-1)
    db.session.commit()
    db.session.remove()
    before = rows_of(Vote), rows_of(VoteEvent)
    db.session.remove()
    downgrade(revision="20261129_campaign_words")
    with db.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT value FROM vote ORDER BY idea_id")).scalars().all() == [1, -1]
    upgrade()
    assert before == (
        [row | {"shown_probability": 0.25} if key.items() <= row.items() else row for row in rows_of(Vote)],
        rows_of(VoteEvent),
    )
    assert {row["shown_probability"] for row in rows_of(Vote)} == {None}
    for wrong in ("1.5", "0", "-0.1"):
        with pytest.raises(sa.exc.IntegrityError, match="shown_probability_is_one"):
            db.session.execute(sa.text(f"UPDATE vote SET shown_probability = {wrong}"))
        db.session.rollback()
    with pytest.raises(sa.exc.DBAPIError, match="not open to votes"):  # the triggers of the table are still there
        db.session.execute(sa.text("UPDATE vote SET cast_at = '2001-01-01 00:00:00.000000'"))
    db.session.rollback()


def test_a_downgrade_forgets_the_consents_to_be_told_where_one_stands(app, make):
    kept = make.citizen()
    kept_id = kept.id
    db.session.add(OpinionConsent(account_id=kept_id))
    db.session.commit()
    db.session.remove()
    downgrade(revision="20261201_opinion_snapshots")
    with db.engine.connect() as connection:
        assert "opinion_consent" not in sa.inspect(connection).get_table_names()
        assert connection.execute(sa.text(f"SELECT count(*) FROM account WHERE id = {kept_id}")).scalar_one() == 1
    upgrade()
    assert db.session.scalar(sa.select(sa.func.count(OpinionConsent.id))) == 0
    db.session.add(OpinionConsent(account_id=kept_id))
    db.session.flush()
    db.session.add(OpinionConsent(account_id=kept_id))
    with pytest.raises(sa.exc.IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_digests_survive_both_ways_and_those_of_before_are_about_a_whole_campaign(app, make):
    campaign = make.campaign()
    run, ministry = make.run(campaign), make.ministry()
    about = {"campaign_id": campaign.id, "run_id": run.id, "data_cut_at": clock.now(), "counts": {"ideas": 2}}
    published = {"state": DigestState.PUBLISHED, "published_at": clock.now()}
    digest = make._add(Digest(**about, kind=DigestKind.MINISTRY, ministry_id=ministry.id))
    file = {"digest_id": digest.id, "run_id": run.id, "sha256": "a" * 64, "size_bytes": 1, "content": b"x"}
    make._add(DigestFile(**file, format="pdf", n_pages=3))
    for name, value in published.items():
        setattr(digest, name, value)
    db.session.commit()
    digest_id = digest.id
    db.session.remove()
    downgrade(revision="20261206_digest_kinds")
    downgrade(revision="-1")
    with db.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT id, state FROM digest")).all() == [(digest_id, "PUBLISHED")]
        assert connection.execute(sa.text("SELECT format FROM digest_file")).all() == [("pdf",)]
    upgrade()
    kept = db.session.get_one(Digest, digest_id)
    assert (kept.kind, kept.ministry_id, kept.period_kind) == (DigestKind.CAMPAIGN, None, PeriodKind.ALL)
    assert (kept.counts, kept.files[0].n_pages) == ({"ideas": 2}, None)
    for change in (sa.update(Digest).values(counts={}), sa.delete(DigestFile)):
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(change)
        db.session.rollback()


def test_excluded_votes_count_again_when_their_migration_is_taken_back(app, make):
    person, idea = make.citizen(), make.idea()
    make.vote(idea, person)
    make.vote(idea, value=-1)
    make.exclusion(idea.campaign, person)
    idea_id = idea.id
    db.session.commit()
    db.session.remove()
    downgrade(revision="20261203_shortlists")
    with db.engine.connect() as connection:
        query = sa.text("SELECT agree, disagree FROM idea_tally WHERE idea_id = :idea")
        assert connection.execute(query, {"idea": idea_id}).one() == (1, 1)
    upgrade()
    assert db.session.scalars(sa.select(Vote.excluded_by_id)).all() == [None, None]


def test_guests_keep_their_ideas_and_votes_as_closed_accounts_when_passes_are_taken_back(app, make):
    waiting, joined = make.guest(is_admitted=False), make.guest()
    guest = make.guest()
    idea, account = make.idea(author_id=guest.participant.id), make.citizen()
    make.vote(idea, guest, -1), make.vote(idea, account)
    joined.code_hash, joined.joined_at, joined.joined_to_id = None, clock.now(), account.id
    people = {one.participant.id for one in (waiting, joined, guest)}
    author_id = guest.participant.id
    db.session.commit()
    before = {model: rows_of(model) for model in (Vote, VoteEvent)}
    db.session.remove()
    downgrade(revision="20261208_guest_passes")
    downgrade(revision="-1")
    with db.engine.connect() as connection:
        made = connection.execute(
            sa.text(
                """SELECT participant.id, account.active, account.display_name FROM participant
                     JOIN account ON account.id = participant.account_id WHERE account.display_name = '모임 손님'"""
            )
        ).all()
        author = connection.execute(sa.text("SELECT author_id FROM idea")).scalar_one()
        with pytest.raises(DBAPIError):
            connection.execute(
                sa.text("INSERT INTO participant (account_id, created_at) VALUES (NULL, CURRENT_TIMESTAMP)")
            )
    assert {row.id for row in made} == people
    assert not any(row.active for row in made)
    assert author == author_id
    upgrade()
    assert {model: rows_of(model) for model in before} == before
    citizen, late = make.citizen(), make.guest()
    make.vote(db.session.get_one(Idea, before[Vote][0]["idea_id"]), citizen)
    assert late.participant.account is None
    with pytest.raises(DBAPIError, match="may not take part"):
        make._add(Vote(idea_id=before[Vote][0]["idea_id"], participant_id=min(people), value=1))
    db.session.rollback()


def test_the_checks_on_roles_and_people_are_those_of_before_after_a_way_down_and_up(app, make, engine_name):
    tables = "('participant', 'role_grant', 'audit_entry', 'referral_event', 'idea', 'comment', 'vote')"

    def schema():
        with db.engine.connect() as connection:
            if engine_name == "sqlite":
                query = (
                    f"SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name IN {tables} ORDER BY name"
                )
            else:
                query = f"""SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
                             WHERE conrelid::regclass::text IN {tables} ORDER BY conname, conrelid"""
            return [tuple(row) for row in connection.execute(sa.text(query))]

    db.session.remove()
    there = schema()
    downgrade(revision="20261207_digest_subscriptions")
    before_passes = schema()
    assert not any("GUEST" in sql for _name, sql in before_passes)
    upgrade()
    assert sorted(schema()) == sorted(there)


def test_counts_of_sheets_survive_the_migration_to_rounds_both_ways(app, make):
    room = make.gathering(state="RUNNING")
    idea = make.room_idea(room)
    for who, agree in ((room.organiser, 2), (make.helper(room), 1)):
        count_sheets(room, who, 3, {idea.id: Marks(agree, 0, 0)}, 0)
    db.session.commit()
    before = {model: rows_of(model) for model in (SheetCount, SheetCountRow)}
    assert [row["differs"] for row in before[SheetCount]] == [[idea.id], [idea.id]]
    db.session.remove()
    downgrade(revision="20261213_rounds_of_counting")
    downgrade(revision="-1")
    with db.engine.connect() as connection:
        kept = connection.execute(sa.text("SELECT * FROM sheet_count")).mappings().all()
        assert connection.execute(sa.text("SELECT count(*) FROM sheet_count_row")).scalar_one() == 2
    assert len(kept) == 2
    assert not {"round", "differs"} & set(kept[0])
    upgrade()
    assert rows_of(SheetCountRow) == before[SheetCountRow]
    assert rows_of(SheetCount) == [row | {"differs": []} for row in before[SheetCount]]
    with pytest.raises(DBAPIError):
        db.session.execute(sa.update(SheetCount).values(round=0))
    db.session.rollback()


def test_a_session_that_was_handed_over_survives_the_migration_of_hosts_both_ways(app, make):
    session = make.joint_session(state="PLANNED", n_handovers=2)
    session_id = session.id
    db.session.commit()
    before = rows_of(JointSession)
    db.session.remove()
    downgrade(revision="20261221_hosts_hand_over")
    downgrade(revision="-1")
    with db.engine.connect() as connection:
        kept = connection.execute(sa.text("SELECT * FROM joint_session")).mappings().one()
    assert (kept["id"], "n_handovers" in kept) == (session_id, False)
    upgrade()
    assert rows_of(JointSession) == [row | {"n_handovers": 0} for row in before]


def test_reports_of_the_day_survive_both_ways_and_stay_after_the_upgrade(app, make):
    session, now = make.joint_session([]), clock.now()
    make._add(DayReport(session_id=session.id, data_cut_at=now, published_at=now, counts={"ideas": 2}, document={}))
    file = {"format": "pdf", "sha256": "a" * 64, "size_bytes": 1, "n_pages": 3, "content": b"x"}
    make._add(DayReportFile(session_id=session.id, **file))
    db.session.commit()
    before = {model: rows_of(model) for model in (DayReport, DayReportFile)}
    db.session.remove()
    downgrade(revision="20261222_reports_stay")
    downgrade(revision="-1")
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE day_report_file SET n_pages = 4"))
        connection.execute(sa.text("UPDATE day_report_file SET n_pages = 3"))
    upgrade()
    assert {model: rows_of(model) for model in before} == before
    for change in (sa.update(DayReport).values(counts={}), sa.delete(DayReportFile), sa.delete(DayReport)):
        with pytest.raises(DBAPIError):
            db.session.execute(change.execution_options(synchronize_session=False))
        db.session.rollback()


def test_actions_of_a_room_survive_both_ways_and_are_kept_after_the_upgrade(app, make):
    room = make.gathering(state="RUNNING")
    entry = make.entry(room)
    make.late_action(entry)
    made = {"title": "", "body": "", "state": ActionState.DONE, "idea_id": make.room_idea(room, entry).id}
    make.late_action(entry, **made)
    make.late_action(entry, kind=ActionKind.VOTE, value=-1, move_number=2, **made)
    db.session.commit()
    before = sorted(rows_of(RoomAction), key=str)
    db.session.remove()
    downgrade(revision="20261223_room_actions")
    downgrade(revision="-1")
    with db.engine.begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM room_action")).scalar_one() == len(before)
        changed = sa.text("UPDATE room_action SET value = :value WHERE kind = 'VOTE'")
        for value in (1, -1):
            connection.execute(changed, {"value": value})
    upgrade()
    assert sorted(rows_of(RoomAction), key=str) == before
    with pytest.raises(DBAPIError):
        db.session.execute(sa.update(RoomAction).values(done_at=clock.now()))
    db.session.rollback()


def test_datasets_go_with_a_downgrade_and_their_rules_come_back(app, make):
    make.dataset(make.data_steward().holder, state=DatasetState.OFFERED)
    db.session.commit()
    n_accounts = db.session.scalar(sa.select(sa.func.count()).select_from(Account))
    db.session.remove()
    downgrade(revision="20270108_council_papers")
    with db.engine.connect() as connection:
        left = set(sa.inspect(connection).get_table_names())
    assert not {"data_holder", "data_steward", "dataset", "dataset_version", "dataset_column"} & left
    upgrade()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Account)) == n_accounts
    dataset = make.dataset(state=DatasetState.OFFERED)
    with pytest.raises(DBAPIError):
        db.session.execute(sa.update(DatasetVersion).where(DatasetVersion.dataset_id == dataset.id).values(changes="x"))
    db.session.rollback()


def test_pilots_go_with_a_downgrade_and_their_rules_come_back(app, make):
    pilot = make.walked_pilot(None, PilotState.DECIDED, PilotDecision.SPREAD)
    told = {"pilot_id": pilot.id, "text": "해 봤어요.", "author_id": pilot.created_by_id}
    db.session.add_all([PilotReport(**told), PromiseReminder(answer_id=pilot.referral.published_answer.id)])
    db.session.commit()
    n_letters = db.session.scalar(sa.select(sa.func.count()).select_from(Referral))
    db.session.remove()
    downgrade(revision="20261226_short_path")
    with db.engine.connect() as connection:
        left = set(sa.inspect(connection).get_table_names())
    assert not {"pilot", "pilot_reading", "pilot_report", "pilot_promise_reminder"} & left
    upgrade()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Referral)) == n_letters
    pilot = make.walked_pilot(None, PilotState.DECIDED, PilotDecision.SPREAD)
    with pytest.raises(DBAPIError):
        db.session.execute(sa.update(Pilot).where(Pilot.id == pilot.id).values(decision_reason="다른 까닭"))
    db.session.rollback()
