from __future__ import annotations

from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.extensions import db
from forum.system.pauses.models import ElectionPause
from forum.system.pauses.queries import get_pause
from forum.system.pauses.services import set_pause
from tests.factories import SCRIPT


@pytest.fixture
def admin(client, make):
    account = make.admin()
    client.login(account)
    return account


def form(**values):
    today = clock.today()
    return {"name": f"선거 {SCRIPT}", "begins_on": today, "ends_on": today + timedelta(days=3), "note": ""} | values


def pauses():
    return db.session.query(ElectionPause).all()


def test_an_admin_sets_a_pause_and_ends_it(client, admin):
    assert client.post("/admin/pauses", data=form()).status_code == 303
    [pause] = pauses()
    page = client.get("/admin/pauses").get_data(as_text=True)
    assert "쉬는 중" in page
    assert "모임을 쉬어요" in page
    assert SCRIPT not in page
    assert client.post(f"/admin/pauses/{pause.id}/end", data={"x": "1"}).status_code == 303
    page = client.get("/admin/pauses").get_data(as_text=True)
    assert "일찍 끝냄" in page
    assert "모임을 쉬어요" not in page


def test_nothing_typed_is_lost_when_it_is_refused(client, admin):
    answer = client.post("/admin/pauses", data=form(ends_on="2020-01-01", name="아주 특별한 선거"))
    assert answer.status_code == 400
    assert "아주 특별한 선거" in answer.get_data(as_text=True)
    assert pauses() == []


def test_a_day_that_is_none_is_refused(client, admin):
    assert client.post("/admin/pauses", data=form(begins_on="2027-02-30")).status_code == 400


def test_one_that_is_over_is_not_ended_again(client, admin):
    set_pause(admin, "지난 선거", clock.today(), clock.today())
    [pause] = pauses()
    client.post(f"/admin/pauses/{pause.id}/end", data={"x": "1"})
    answer = client.post(f"/admin/pauses/{pause.id}/end", data={"x": "1"})
    assert answer.status_code == 409
    assert "이미 끝난" in answer.get_data(as_text=True)


def test_a_pause_that_is_none_is_not_found(client, admin):
    assert client.post("/admin/pauses/999/end", data={"x": "1"}).status_code == 404


def test_commands_set_list_and_end(app, make):
    admin = make.admin(email="admin@example.org")
    db.session.commit()
    run = app.test_cli_runner().invoke
    today = clock.today().isoformat()
    arguments = ["--name", "시험 선거", "--from", today, "--to", today, "--as", admin.email]
    made = run(args=["forum", "pause", "set", *arguments])
    assert made.exit_code == 0, made.output
    [pause] = pauses()
    assert pause.set_by_id == admin.id
    assert "쉬는 중\t시험 선거" in run(args=["forum", "pause", "list"]).output
    assert run(args=["forum", "pause", "set", *arguments]).exit_code == 1
    assert run(args=["forum", "pause", "end", str(pause.id)]).exit_code == 0
    db.session.expire_all()
    assert get_pause(pause.id).ended_by_id is None
    assert run(args=["forum", "pause", "end", str(pause.id)]).exit_code == 1
