"""Each error that somebody plants past the services is found by `flask forum check`."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.administration.operations.shortpath import check_outcomes, short_answers
from forum.core.extensions import db
from forum.response.shortpath.models import ShortAnswerKind
from forum.response.shortpath.services import merge_as_same, refuse_idea, seen_of, send_idea
from forum.voice.campaigns.models import CampaignKind


def check_everyday_ideas(make):
    """A check of each outcome, and one that waits."""
    everyday, analyst = make.campaign(kind=CampaignKind.EVERYDAY), make.analyst()
    ideas = {name: make.everyday_idea(everyday) for name in ("first", "sent", "same", "refused", "waiting")}
    checks = {name: make.everyday_check(idea) for name, idea in ideas.items()}
    referral = send_idea(checks["sent"], analyst, make.ministry(), seen=seen_of(checks["sent"]))
    merge_as_same(checks["same"], analyst, ideas["first"], seen=seen_of(checks["same"]))
    refuse_idea(checks["refused"], analyst, "다른 곳의 일이에요.", seen=seen_of(checks["refused"]))
    other = make.referral()
    short = make.short_answer(ShortAnswerKind.PILOT)
    db.session.commit()
    ids = {name: idea.id for name, idea in ideas.items()}
    return ids | {"letter": referral.id, "other": other.id, "short": short.id}


@pytest.fixture
def world(once, make):
    return once(lambda: check_everyday_ideas(make))


def differences() -> list[str]:
    return [line for finding in (check_outcomes(), short_answers()) for line in finding.differences]


def test_what_the_services_write_is_consistent(world):
    assert differences() == []
    assert check_outcomes().n_checked == 5
    assert short_answers().n_checked == 1
    names = [finding.name for finding in recount()]
    assert check_outcomes().name in names


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("UPDATE everyday_check SET referral_id = {other} WHERE idea_id = {sent}", "편지에 실리지"),
        (
            "UPDATE everyday_check SET outcome = NULL, referral_id = NULL, decided_at = NULL, decided_on = NULL, "
            "decided_by_id = NULL WHERE idea_id = {sent}",
            "보낸 것으로 적히지",
        ),
        ("UPDATE everyday_check SET same_as_id = {refused} WHERE idea_id = {same}", "합쳐진 제안이 다릅니다"),
        (
            "UPDATE idea SET state = 'OPEN', merged_into_id = NULL, updated_at = '2026-01-01 00:00:00' "
            "WHERE id = {same}",
            "따로 열려",
        ),
        ("UPDATE everyday_check SET due_on = '2099-01-01' WHERE idea_id = {waiting}", "기한이"),
    ],
)
def test_a_planted_error_is_found(world, planted, said):
    db.session.execute(sa.text(planted.format(**world)))
    found = differences()
    assert len(found) == 1, found
    assert said in found[0]


def test_a_decision_changed_past_the_services_is_found(world):
    on_sqlite = db.engine.dialect.name == "sqlite"
    triggers = db.session.scalars(
        sa.text(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'answer'"
            if on_sqlite
            else "SELECT tgname FROM pg_trigger WHERE tgrelid = 'answer'::regclass AND NOT tgisinternal"
        )
    ).all()
    for name in triggers:  # somebody who may write past the services may drop triggers too
        db.session.execute(sa.text(f"DROP TRIGGER {name}" + ("" if on_sqlite else " ON answer")))
    db.session.execute(sa.text(f"UPDATE answer SET decision = 'ACCEPTED' WHERE id = {world['short']}"))
    assert any("먼저 작게 해 볼게요" in line for line in differences())
    db.session.rollback()


def test_a_reason_changed_past_the_services_is_found_by_the_audit(world):
    db.session.execute(sa.text(f"UPDATE everyday_check SET reason = '다른 말' WHERE idea_id = {world['refused']}"))
    found = [f"{one.name} {line}" for one in recorded_rows() for line in one.differences]
    assert any("everyday_check" in line and str(world["refused"]) in line for line in found)
