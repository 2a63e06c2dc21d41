from __future__ import annotations

import pytest

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.rounds.models import RoundState, StageState, TaskSource, TaskState
from forum.deliberation.rounds.signing import sign_result
from forum.response.commissions.quarters import quarter_code
from forum.response.commissions.queries import commission_of
from forum.response.commissions.services import open_reports
from forum.system.notices.models import Notice

SCRIPT = "<script>"


def a_report(make):
    commission = make.commission()
    open_reports()
    db.session.refresh(commission, ["reports"])
    db.session.commit()
    report = commission.reports[0]
    return report, f"/council/tasks/{report.task_id}/reports/{quarter_code(report.quarter_from)}"


def test_an_analyst_sends_a_chosen_task(client, make):
    task, lead, partner = make.task(state=TaskState.CHOSEN), make.ministry(), make.ministry()
    db.session.commit()
    url = f"/council/tasks/{task.id}/commission"
    client.login(make.analyst())
    page = client.get(url).text
    assert "소관부처에 보내기" in page
    assert SCRIPT not in page.split("<h1>")[1]
    form = {"seen": str(task.revision), "lead": lead.code, "partners": [partner.code], "letter": "살펴 주세요."}
    refused = client.post(url, data=form | {"lead": ""})
    assert refused.status_code == 400
    assert "살펴 주세요." in refused.text
    assert client.post(url, data=form | {"partners": [lead.code]}).status_code == 400
    assert client.post(url, data=form | {"seen": "0"}).status_code == 409
    assert client.post(url, data=form).status_code == 303
    assert client.post(url, data=form).status_code == 409
    sent = commission_of(task.id)
    assert sent is not None
    page = client.get(url).text
    assert lead.name in page
    assert sent.referral.code in page
    assert client.get(f"/referrals/{sent.referral_id}").status_code == 200


def test_a_letter_without_ideas_can_be_read(client, make):
    round_ = make.council_round()
    seat = make.seat(round_.term)
    values = {"has_words": False, "source": TaskSource.MEMBER, "proposer_seat_id": seat.id}
    task, lead = make.task(round_, state=TaskState.CHOSEN, **values), make.ministry()
    db.session.commit()
    client.login(make.analyst())
    form = {"seen": str(task.revision), "lead": lead.code}
    assert client.post(f"/council/tasks/{task.id}/commission", data=form).status_code == 303
    letter = commission_of(task.id).referral
    for url in (f"/referrals/{letter.id}", f"/themes/{letter.theme_id}", f"/council/tasks/{task.id}"):
        assert client.get(url).status_code == 200


def test_others_do_not_see_the_form_and_are_refused(client, make):
    task = make.task(state=TaskState.CHOSEN)
    db.session.commit()
    url = f"/council/tasks/{task.id}/commission"
    page = client.get(url)
    assert page.status_code == 200
    assert 'name="lead"' not in page.text
    client.login(make.citizen())
    assert client.post(url, data={"seen": str(task.revision)}).status_code == 403


def test_a_task_that_is_not_chosen_has_no_such_page(client, make):
    task = make.task()
    db.session.commit()
    assert client.get(f"/council/tasks/{task.id}/commission").status_code == 404


def test_an_officer_writes_the_quarters_report(client, make):
    report, url = a_report(make)
    officer = make.officer(report.commission.referral.lead.ministry)
    db.session.commit()
    client.login(officer)
    assert "우리가 맡은 대표과제" in client.get("/ministry").text
    form = {"seen": str(report.revision), "text": "세 곳을 골랐어요. <script>"}
    assert 'name="text"' in client.get(url).text
    assert client.post(url, data=form | {"text": ""}).status_code == 400
    assert client.post(url, data=form).status_code == 303
    page = client.get(url).text
    assert "세 곳을 골랐어요. &lt;script&gt;" in page
    assert 'name="text"' not in page
    again = client.post(url, data=form | {"text": "다른 말"})
    assert again.status_code == 409


def test_another_ministrys_officer_does_not(client, make):
    report, url = a_report(make)
    officer = make.officer()
    db.session.commit()
    client.login(officer)
    assert 'name="text"' not in client.get(url).text
    assert client.post(url, data={"seen": str(report.revision), "text": "말"}).status_code == 403


@pytest.mark.parametrize("quarter", ["1999-1", "2027-9", "nonsense"])
def test_there_is_no_report_on_another_quarter(client, make, quarter):
    report, _url = a_report(make)
    assert client.get(f"/council/tasks/{report.task_id}/reports/{quarter}").status_code == 404


def test_everybody_finds_chosen_tasks_on_the_list_the_task_and_the_theme(client, make):
    report, _url = a_report(make)
    task, letter = report.commission.task, report.commission.referral
    waiting = make.task(task.round, state=TaskState.CHOSEN)
    db.session.commit()
    page = client.get("/council/commissions").text
    assert f"/council/tasks/{task.id}/commission" in page
    assert f"/council/tasks/{waiting.id}/commission" in page
    assert letter.code in client.get(f"/council/tasks/{task.id}").text
    assert f"/council/tasks/{task.id}" in client.get(f"/themes/{letter.theme_id}").text


def test_the_analysts_are_asked_when_a_round_finishes(client, make):
    round_ = make.council_round(present=None, state=RoundState.RUNNING)
    analyst = make.analyst()
    chairs = make.chairs(round_.term)
    task = make.task(round_)
    for stage in round_.stages:
        stage.state = StageState.DECIDED
        stage.opened_at = stage.closed_at = stage.decided_at = clock.now()
        db.session.flush()
    for chair in chairs:
        sign_result(round_, chair.account, seen=round_.revision)
    db.session.commit()
    assert task.state is TaskState.CHOSEN
    asked = db.session.query(Notice).filter_by(kind="commission_waits", account_id=analyst.id).one()
    assert "대표과제 1개" in asked.text
    client.login(analyst)
    assert "대표과제가 된 뒤" in client.get(f"/council/rounds/{round_.id}").text
    assert "보낼 대표과제" in client.get("/desk").text
