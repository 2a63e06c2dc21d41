from __future__ import annotations

import sqlalchemy as sa
from flask_migrate import check, downgrade, upgrade

from forum.analysis.themes.models import MemberSource, Theme, ThemeIdea, ThemeState
from forum.core.extensions import db
from forum.response.answers.models import AnswerWriter
from forum.response.answers.services import save_draft
from forum.response.answers.words import AnswerInput
from forum.response.referrals.models import Decision


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
    check()
    rows = db.session.execute(sa.select(AnswerWriter.answer_id, AnswerWriter.account_id, AnswerWriter.revision))
    assert {tuple(row) for row in rows} == wanted
