from __future__ import annotations

import pytest

from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, StageKind, TaskState
from tests.forum.deliberation.rounds.alone import detach


@pytest.fixture(autouse=True)
def no_hooks(app, monkeypatch):  # the app first: it registers the hooks
    return detach(monkeypatch)


def plan_of(today: str) -> dict[str, str]:
    plan = {"title": "첫 번째", "n_chosen": "1", "campaign": "real"}
    for kind, n_on in zip(StageKind, (3, 2, 2, 2, 1), strict=True):
        name = kind.name.lower()
        plan |= {f"{name}_starts_on": today, f"{name}_ends_on": today, f"{name}_n_on": str(n_on)}
    return plan


def test_the_secretariat_runs_a_round_from_its_desk(make, client, no_hooks):
    term, analyst = make.term(number=3), make.account(Role.ANALYST)
    civil, government = make.chairs(term)
    group = make.council_group(term, [civil])
    campaign = make.campaign(slug="real")
    ideas = [make.idea(campaign) for _ in range(2)]
    client.login(analyst)
    assert client.get("/council/terms/3/rounds/new").status_code == 200
    made = client.post("/council/terms/3/rounds/new", data=plan_of(clock.today().isoformat()))
    assert made.status_code == 303
    [round_] = db.session.query(CouncilRound)
    desk = f"/council/rounds/{round_.id}"
    assert client.post(f"{desk}/open", data={"seen": "1"}).status_code == 303
    for idea in ideas:
        assert client.post(f"{desk}/ideas", data={"ideas": f"#{idea.id}"}).status_code == 303
    assert "&lt;script&gt;" in client.get(f"{desk}/desk").text
    tasks = db.session.query(CouncilTask).order_by(CouncilTask.id).all()
    for task in tasks:
        words = {"title": task.title, "summary": "", "subcommittee": group.id, "lead_idea": task.lead_idea_id}
        assert client.post(f"/council/tasks/{task.id}/edit", data=words | {"seen": "1"}).status_code == 303
    no_hooks.update({task.id: place for place, task in enumerate(tasks, start=1)})
    for _stage in range(4):
        assert client.post(f"{desk}/close", data={"seen": _revision(round_)}).status_code == 303
        chosen = {"going_on": [task.id for task in tasks], "seen": _revision(round_)}
        assert client.post(f"{desk}/decide", data=chosen).status_code == 303
        assert client.post(f"{desk}/open", data={"seen": _revision(round_)}).status_code == 303
    client.post(f"{desk}/close", data={"seen": _revision(round_)})
    chosen = {"going_on": [tasks[0].id], f"reason_{tasks[1].id}": "다음에 다시 봐요.", "seen": _revision(round_)}
    assert client.post(f"{desk}/decide", data=chosen).status_code == 303
    for chair in (civil, government):
        client.login(chair.account)
        assert "서명하기" in client.get(f"{desk}/mine").text
        assert client.post(f"{desk}/sign", data={"seen": _revision(round_)}).status_code == 303
    client.post("/account/logout")
    page = client.get(desk).text
    assert "협의회가 대표과제 1개를 골랐어요." in page
    assert "다음에 다시 봐요." in client.get(f"/council/tasks/{tasks[1].id}").text
    assert db.session.get_one(CouncilTask, tasks[0].id).state is TaskState.CHOSEN


def _revision(round_: CouncilRound) -> int:
    db.session.rollback()
    return db.session.get_one(CouncilRound, round_.id).revision


def test_a_planned_round_is_not_public(make, client):
    round_ = make.council_round(present=None)
    page = f"/council/rounds/{round_.id}"
    assert client.get(page).status_code == 404
    client.login(make.account(Role.ANALYST))
    assert client.get(page).status_code == 200


def test_a_refused_decision_keeps_what_was_typed(make, client):
    round_ = make.council_round()
    task = make.task(round_)
    stage = round_.stage(StageKind.LONG_LIST)
    client.login(make.account(Role.ANALYST))
    client.post(f"/council/rounds/{round_.id}/close", data={"seen": "1"})
    sent = client.post(f"/council/rounds/{round_.id}/decide", data={f"reason_{task.id}": "아직 일러요.", "seen": "2"})
    assert sent.status_code == 400
    assert "아직 일러요." in sent.text
    late = client.post(f"/council/rounds/{round_.id}/decide", data={"going_on": [task.id], "seen": "1"})
    assert late.status_code == 409
    assert stage.decided_at is None


def test_a_member_declares_a_conflict_and_everybody_reads_it(make, client):
    round_ = make.council_round(present=StageKind.SUBCOMMITTEE)
    seat, task = make.seat(round_.term), make.task(round_)
    page = f"/council/tasks/{task.id}"
    client.login(make.citizen())
    assert client.post(f"{page}/conflict", data={"text": "x"}).status_code == 403
    client.login(seat.account)
    assert client.post(f"{page}/conflict", data={"text": ""}).status_code == 400
    assert client.post(f"{page}/conflict", data={"text": "우리 모임의 일이에요."}).status_code == 303
    client.post("/account/logout")
    for path in (page, f"/council/rounds/{round_.id}"):
        text = client.get(path).text
        assert "우리 모임의 일이에요." in text
        assert seat.name in text


def test_a_member_proposes_and_withdraws_their_own_task(make, client):
    round_ = make.council_round()
    seat = make.seat(round_.term)
    client.login(seat.account)
    words = {"title": "구내식당", "summary": "남는 음식을 재요.", "ideas": "열둘"}
    refused = client.post(f"/council/rounds/{round_.id}/propose", data=words)
    assert refused.status_code == 400
    assert "남는 음식을 재요." in refused.text
    sent = client.post(f"/council/rounds/{round_.id}/propose", data=words | {"ideas": ""})
    assert sent.status_code == 303
    [task] = db.session.query(CouncilTask)
    assert "시민의 글에서 나오지 않은 과제예요." in client.get(f"/council/tasks/{task.id}").text
    gone = client.post(f"/council/tasks/{task.id}/withdraw", data={"reason": "거두어요.", "seen": "1"})
    assert gone.status_code == 303


def test_hidden_ideas_are_left_out_of_a_task(make, client):
    round_ = make.council_round()
    shown, hidden = make.idea(campaign=round_.campaign), make.idea(campaign=round_.campaign)
    task = make.task(round_, [shown, hidden])
    make.hiding(hidden)
    page = client.get(f"/council/tasks/{task.id}").text
    assert f"/ideas/{shown.id}" in page
    assert f'/ideas/{hidden.id}"' not in page
