from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.rounds.models import StageKind
from forum.deliberation.rounds.services import close_stage
from forum.deliberation.scorecards.queries import criteria_of


@pytest.fixture
def weighing(make):
    """A round open to its sub-committee of five, which weighs one task."""
    round_ = make.council_round(present=StageKind.SUBCOMMITTEE)
    seats = [make.seat(round_.term) for _ in range(5)]
    task = make.task(round_, subcommittee_id=make.council_group(round_.term, seats).id)
    return round_, seats, task


def typed(task, value: int, **fields: object) -> dict[str, object]:
    scores = {f"score_{one.id}": str(value) for one in criteria_of(task.round_id)}
    return {"reason": "우리 마을에 꼭 <b>필요해요</b>.", "seen": "0"} | scores | fields


def test_a_member_scores_and_reads_only_their_own_until_the_stage_closes(make, client, new_client, weighing, work):
    round_, seats, task = weighing
    page = f"/council/tasks/{task.id}/score"
    for seat in seats:
        member = new_client().login(seat.account)
        assert member.get(page).status_code == 200
        assert member.post(page, data=typed(task, 4)).status_code == 303
    assert "필요해요" in new_client().login(seats[0].account).get(page).text
    scores = f"/council/stages/{round_.present_stage.id}/scores"
    assert client.get(scores).status_code == 404
    close_stage(round_, make.account(Role.ANALYST), seen=1)
    db.session.commit()
    assert client.get(scores).status_code == 404, "nothing is public before it is computed"
    work()
    shown = client.get(scores).text
    assert "&lt;b&gt;필요해요" in shown
    assert "이름을 감춘 평가표" in shown
    assert not any(seat.name in shown for seat in seats)
    assert scores in client.get(f"/council/rounds/{round_.id}").text
    assert "평균 4.0점" in client.get(f"/council/tasks/{task.id}").text


def test_a_refused_card_keeps_what_was_typed(client, weighing):
    _round, seats, task = weighing
    client.login(seats[0].account)
    page = f"/council/tasks/{task.id}/score"
    missing = typed(task, 4) | {f"score_{criteria_of(task.round_id)[0].id}": ""}
    refused = client.post(page, data=missing)
    assert refused.status_code == 400
    assert "1점부터 5점까지 하나를 골라 주세요." in refused.text
    assert "필요해요" in refused.text
    assert client.post(page, data=typed(task, 4)).status_code == 303
    assert client.post(page, data=typed(task, 5)).status_code == 409


def test_strangers_do_not_reach_the_form(make, client, weighing):
    _round, _seats, task = weighing
    for account in (make.citizen(), make.account(Role.ANALYST)):
        client.login(account)
        assert client.get(f"/council/tasks/{task.id}/score").status_code == 403
        assert client.post(f"/council/tasks/{task.id}/score", data=typed(task, 4)).status_code == 403


def test_the_secretariat_sets_criteria(make, client):
    round_ = make.council_round(present=None, weights=())
    client.login(make.account(Role.ANALYST))
    page = f"/council/rounds/{round_.id}/criteria"
    assert client.get(page).status_code == 200
    rows = {"rows-0-name": "공감대", "rows-0-weight": "70", "rows-0-beside": "COMMON_GROUND", "seen": "1"}
    refused = client.post(page, data=rows)
    assert refused.status_code == 400
    assert "공감대" in refused.text
    assert client.post(page, data=rows | {"rows-1-name": "빠르기", "rows-1-weight": "30"}).status_code == 303
    assert [one.weight for one in criteria_of(round_.id)] == [70, 30]
    client.login(make.citizen())
    assert client.post(page, data=rows).status_code == 403
