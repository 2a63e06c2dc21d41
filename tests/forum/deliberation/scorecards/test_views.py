from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import current_app, render_template

from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.models import StageKind
from forum.deliberation.rounds.queries import Member
from forum.deliberation.rounds.services import close_stage, decide_stage
from forum.deliberation.scorecards.beside import PeoplesView
from forum.deliberation.scorecards.models import Beside, Scorecard
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


def test_who_comes_after_closing_hears_so_and_keeps_what_was_typed(make, client, weighing):
    round_, seats, task = weighing
    client.login(seats[0].account)
    close_stage(round_, make.account(Role.ANALYST), seen=1)
    db.session.commit()
    page = f"/council/tasks/{task.id}/score"
    assert client.get(page).status_code == 409
    refused = client.post(page, data=typed(task, 4))
    assert refused.status_code == 409
    assert "지금은 점수를 매기는 때가 아니에요." in refused.text
    assert "필요해요" in refused.text


def test_a_recount_is_said_and_so_is_that_it_is_under_way(make, client, weighing, work):
    round_, seats, task = weighing
    for seat in seats:
        make.scorecard(task, Member(seat=seat), value=5 if seat is seats[0] else 2)
    stage, analyst = close_stage(round_, make.account(Role.ANALYST), seen=1), make.account(Role.ANALYST)
    db.session.commit()
    work()
    scores = f"/council/stages/{stage.id}/scores"
    assert "평균 2.60점" in client.get(scores).text
    decide_stage(round_, analyst, [task.id], {}, seen=round_.revision)
    declare_conflict(task, seats[0].account, "제 회사가 하는 일이에요.")
    db.session.commit()
    assert "점수를 다시 세고 있어요" in client.get(scores).text
    work()
    shown = client.get(scores).text
    assert "평균 2.00점" in shown
    assert "평가표 1장은 빼고 셌어요" in shown
    assert "알려져 1번 다시 셌어요." in shown
    assert "그 전에 정한 다음 단계의 과제는 그대로예요." in shown
    assert "다시 세고 있어요" not in shown


def test_a_member_shows_their_name_and_says_why_they_are_far_off(make, client, new_client, weighing, work):
    round_, seats, task = weighing
    for seat in seats:
        make.scorecard(task, Member(seat=seat), value=1 if seat is seats[0] else 5, reason=f"까닭 {seat.id}")
    stage = close_stage(round_, make.account(Role.ANALYST), seen=1)
    db.session.commit()
    work()
    far = db.session.scalars(sa.select(Scorecard).where(Scorecard.seat_id == seats[0].id)).one()
    member = new_client().login(seats[0].account)
    mine = f"/council/rounds/{round_.id}/mine"
    assert f"/council/scorecards/{far.id}/explain" in member.get(mine).text
    refused = member.post(f"/council/scorecards/{far.id}/explain", data={"text": "", "seen": str(far.revision)})
    assert refused.status_code == 400
    said = {"text": "돈이 많이 들어요.", "seen": str(far.revision)}
    assert member.post(f"/council/scorecards/{far.id}/explain", data=said).status_code == 303
    assert member.post(f"/council/scorecards/{far.id}/name", data={"shows": "1"}).status_code == 303
    shown = client.get(f"/council/stages/{stage.id}/scores").text
    assert "돈이 많이 들어요." in shown
    assert f"{seats[0].name} 위원" in shown
    member.post(f"/council/scorecards/{far.id}/name")
    assert seats[0].name not in client.get(f"/council/stages/{stage.id}/scores").text


def test_what_people_voted_stands_beside_the_criterion_it_is_about(weighing):
    round_, _seats, task = weighing
    ground, young = criteria_of(round_.id)
    view = PeoplesView(task.lead_idea_id, 40, 62.0, 55.0, 70.0, 10, 8)
    html = render("scorecards/_beside.html", view=view, named=True, criterion=ground)
    assert html.strip() == ""
    # Criteria are fixed once scoring opened, so they are changed in memory alone.
    with db.session.no_autoflush:
        ground.beside, young.beside = Beside.COMMON_GROUND, Beside.UNDER_20
        assert "62%" in render("scorecards/_beside.html", view=view, named=True, criterion=ground)
        assert "80%" in render("scorecards/_beside.html", view=view, named=True, criterion=young)
        hidden = PeoplesView(task.lead_idea_id, 40, None, None, None, None, None)
        assert render("scorecards/_beside.html", view=hidden, named=True, criterion=young).strip() == ""
        db.session.expire_all()


def render(template: str, **values: object) -> str:
    with current_app.test_request_context():
        return render_template(template, **values)
