"""`flask forum check`: clean on good data, and each check finds its planted difference."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.operations.queries import CHECKS
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.services import start_digest
from forum.system.audit.facts import FACT_KINDS
from forum.voice.ideas.models import Idea, IdeaState
from tests.unguarded import unguarded


@pytest.fixture
def check(app):
    def run():
        db.session.commit()
        return app.test_cli_runner().invoke(args=["forum", "check"])

    return run


@pytest.fixture
def whole(make, work):
    """A forum with rows of everything that is recounted."""
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(3)]
    make.vote(ideas[0])
    make.vote(ideas[0], value=-1)
    make.comment(ideas[1])
    run = make.run(campaign, [ideas[:2]], [ideas[2]])
    from forum.analysis.themes.models import ThemeState

    make.answer(make.referral(make.theme(campaign, ideas[:2], state=ThemeState.APPROVED, run_id=run.id)))
    start_digest(campaign, SYSTEM, DigestRequest(formats=("json",)))
    make.vouch()
    work()
    return campaign


def test_a_sound_forum_passes_and_says_what_was_looked_at(whole, check):
    said = check()
    assert said.exit_code == 0, said.output
    assert said.output.count("맞음") == len(CHECKS) + len(FACT_KINDS)
    assert "찬성·반대·넘김·댓글 수: 3건" in said.output


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE idea_tally SET agree = agree + 1 WHERE agree = 1", "적힌 수 (2, 1, 0, 0), 다시 센 수 (1, 1, 0, 0)"),
        ("UPDATE idea_tally SET comments = 0", "다시 센 수 (0, 0, 0, 1)"),
        ("DELETE FROM idea_tally WHERE agree = 0", "적힌 수 (None, None, None, None)"),
        ("UPDATE vote SET value = 0 WHERE value = -1", "기록 -1, 지금 0"),
        ("DELETE FROM vote WHERE value = 1", "기록 1, 지금 None"),
        ("UPDATE theme_run SET n_themed = 7", "적힌 수 7/3, 다시 센 수 2/3"),
        ("UPDATE referral_part SET state = 'REVIEWING'", "상태 검토 중, 공개된 답변 1개"),
        ("UPDATE response_clock SET due_on = '2099-01-01'", "기록으로는"),
        ("UPDATE digest_file SET sha256 = replace(sha256, substr(sha256, 1, 1), 'x')", "내용이 바뀌었습니다"),
    ],
)
def test_each_planted_difference_is_found_and_ends_with_one(whole, check, statement, words):
    with unguarded(statement.removeprefix("DELETE FROM ").removeprefix("UPDATE ").split()[0]) as connection:
        connection.execute(sa.text(statement))
    said = check()
    assert said.exit_code == 1
    assert words in said.output


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE vote SET excluded_by_id = NULL", "뺀 일과 표시가 다른 표"),
        ("DELETE FROM vote_exclusion_case", "까닭이 없습니다"),
        ("UPDATE idea_tally SET agree = 1", "적힌 수 (1, 0, 0, 0), 다시 센 수 (0, 0, 0, 0)"),
    ],
)
def test_votes_whose_marks_and_exclusions_differ_are_found(make, check, statement, words):
    person, idea = make.citizen(), make.idea()
    make.vote(idea, person)
    make.exclusion(idea.campaign, person)
    make.vouch()
    assert check().exit_code == 0
    with unguarded(statement.removeprefix("DELETE FROM ").removeprefix("UPDATE ").split()[0]) as connection:
        connection.execute(sa.text(statement))
    said = check()
    assert said.exit_code == 1
    assert words in said.output


def test_an_idea_merged_into_a_merged_one_is_found(make, check):
    campaign = make.campaign()
    ids = [make.idea(campaign).id for _ in range(3)]
    with unguarded("idea") as connection:
        for place in (0, 1):
            values = {"merged_into_id": ids[place + 1], "state": IdeaState.MERGED}
            connection.execute(sa.update(Idea).where(Idea.id == ids[place]).values(values))
    said = check()
    assert said.exit_code == 1
    assert f"제안 {ids[0]}번" in said.output


def test_an_approved_theme_without_ideas_is_found(make, check):
    from forum.analysis.themes.models import ThemeState

    theme = make.theme(ideas=[], state=ThemeState.APPROVED)
    said = check()
    assert said.exit_code == 1
    assert f"주제 {theme.id}번" in said.output


def test_checking_changes_nothing(whole, check, count_queries):
    db.session.commit()
    before = db.session.scalar(sa.text("SELECT count(*) FROM audit_entry"))
    check()
    assert db.session.scalar(sa.text("SELECT count(*) FROM audit_entry")) == before


def test_sign_ins_are_told_only_where_there_is_a_sample(app, make):
    db.session.commit()
    assert app.test_cli_runner().invoke(args=["forum", "sign-ins"]).output == ""
    make.citizen(is_sample=True)
    db.session.commit()
    assert "citizen@sample.invalid" in app.test_cli_runner().invoke(args=["forum", "sign-ins"]).output
