from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from forum.administration.operations.pledges import check_ins, pledge_figures
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.response.pledges import queries
from forum.response.pledges.keeping import period_of
from forum.response.pledges.models import CheckIn, Pledge, PledgeBy
from tests.unguarded import unguarded


@pytest.fixture
def theme(make):
    campaign = make.campaign()
    found = make.theme(campaign, state=ThemeState.APPROVED, run_id=make.run(campaign, []).id)
    make.milestone(make.answer(make.referral(found)), title="버스 열 대 늘리기")
    found.frozen_at = clock.now()
    db.session.commit()
    return found


FORM = {"item": "walk_short_trips", "made_by": "PERSON", "rhythm": "WEEK", "weekday": "0", "goes_with": ""}


def test_a_teacher_pledges_for_a_class_and_records_a_week(client, make, theme):
    teacher = make.facilitator()
    client.login(teacher)
    page = client.get(f"/themes/{theme.id}/pledges/new")
    assert "버스 열 대 늘리기" in page.text
    form = FORM | {"made_by": "CLASS", "group_name": "하늘중 3반", "starts_on": clock.today().isoformat()}
    refused = client.post(f"/themes/{theme.id}/pledges/new", data=form | {"group_size": "1000000000"})
    assert (refused.status_code, "하늘중 3반" in refused.text, "숫자 0~9" in refused.text) == (400, True, True)
    made = client.post(f"/themes/{theme.id}/pledges/new", data=form | {"group_size": "24", "is_public": "y"})
    assert made.status_code == 303
    pledge = db.session.scalars(sa.select(Pledge)).one()
    now = period_of(pledge.rhythm, clock.today()).first.isoformat()
    seen = {"seen_period": now, "seen_outcome": "", "outcome": "DONE"}
    late = client.post(f"/pledges/{pledge.id}/check-in", data=seen | {"seen_period": "2026-01-05", "n_kept": "20"})
    assert (late.status_code, 'value="20"' in late.text) == (409, True)
    assert client.post(f"/pledges/{pledge.id}/check-in", data=seen | {"n_kept": "20"}).status_code == 303
    assert "‘했어요’로 적혀 있어요" in client.get(f"/pledges/{pledge.id}").text
    assert client.get("/mine/pledges").text.count("하늘중 3반은") == 1
    client.get("/account/logout")


def test_others_read_a_public_pledge_without_its_weekly_numbers_and_no_private_one(client, make, theme):
    group = {"made_by": PledgeBy.CLASS, "group_size": 24}
    public = make.pledge(theme, group_name="하늘중 3반", is_public=True, **group)
    private = make.pledge(theme, group_name="바다중 1반", **group)
    make.check_in(public, n_kept=17)
    client.login(make.citizen())
    page = client.get(f"/pledges/{public.id}")
    assert ("하늘중 3반은" in page.text, ">17<" in page.text, "check-in" in page.text) == (True, False, False)
    assert client.get(f"/pledges/{private.id}").status_code == 404
    shown = client.get(f"/themes/{theme.id}").text
    assert ("하늘중 3반" in shown, "바다중 1반" in shown, "48명이 함께" in shown) == (True, False, True)


def test_settings_and_stopping_from_the_page(client, make, theme):
    person = make.citizen()
    pledge = make.pledge(theme, person)
    client.login(person)
    chosen = {"is_public": "y", "reminds": "y", "weekday": "4", "seen_revision": "1"}
    assert client.post(f"/pledges/{pledge.id}/settings", data=chosen).status_code == 303
    assert client.post(f"/pledges/{pledge.id}/settings", data=chosen | {"weekday": "2"}).status_code == 409
    for _click in range(2):
        assert client.post(f"/pledges/{pledge.id}/stop").status_code == 303
    db.session.refresh(pledge)
    assert (pledge.stopped_on, pledge.reminds, pledge.is_public) == (clock.today(), False, True)
    assert "그만둠" in client.get(f"/pledges/{pledge.id}").text


@pytest.mark.usefixtures("app")
def test_the_check_counts_pledges_a_second_way(make, theme, monkeypatch):
    for n in range(6):
        pledge = make.pledge(theme, starts_on=clock.today().replace(day=1) if n else clock.today())
        make.check_in(pledge, clock.today())
    make.pledge(theme, made_by=PledgeBy.VILLAGE, group_name="바람마을", group_size=7)
    db.session.commit()
    assert (pledge_figures().differences, check_ins().differences) == ([], [])
    with unguarded("check_in", "pledge") as connection:
        connection.execute(sa.update(CheckIn).values(period_until=date(2099, 12, 31)))
    assert len(check_ins().differences) >= 5
    monkeypatch.setattr(queries, "is_kept", lambda n_over, n_kept: True)
    assert pledge_figures().differences == [f"정책 주제 {theme.id}번"]
