from __future__ import annotations

import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core.extensions import db
from forum.people.follows.models import Follow
from forum.people.follows.queries import FEWEST_SHOWN
from forum.system.notices.models import MailOptOut, MailStream
from forum.voice.ideas.models import IdeaState


def n_follows():
    return db.session.scalar(sa.select(sa.func.count()).select_from(Follow))


def test_each_page_has_the_button_and_it_leads_back_there(client, make):
    theme, idea = make.theme(state=ThemeState.APPROVED), make.idea()
    ministry = make.ministry()
    client.login(make.citizen())
    for path, address in (
        (f"/ideas/{idea.id}", f"/follows/ideas/{idea.id}"),
        (f"/themes/{theme.id}", f"/follows/themes/{theme.id}"),
        (f"/ministries/{ministry.code}", f"/follows/ministries/{ministry.id}"),
    ):
        assert f'action="{address}"' in client.get(path).text
        for _ in range(2):
            response = client.post(address)
            assert (response.status_code, response.headers["Location"]) == (303, path)
        page = client.get(path).text
        assert f'action="{address}/stop"' in page
        assert f'action="{address}"' not in page
    assert n_follows() == 3
    assert client.post(f"/follows/ideas/{idea.id}/stop").headers["Location"] == f"/ideas/{idea.id}"
    assert n_follows() == 2


def test_the_list_shows_everything_and_stops_each(client, make):
    account, hidden, ministry = make.citizen(), make.idea(title="비밀 제목"), make.ministry()
    client.login(account)
    assert "고른 것이 없어요" in client.get("/follows").text
    make.follow(account, hidden), make.follow(account, ministry)
    hidden.state = IdeaState.HIDDEN
    page = client.get("/follows").text
    assert ministry.name in page
    assert "지금은 볼 수 없어요" in page
    assert "비밀 제목" not in page
    response = client.post(f"/follows/ideas/{hidden.id}/stop")  # its page would be a 404
    assert response.headers["Location"] == "/follows"
    response = client.post(f"/follows/ministries/{ministry.id}/stop", data={"back": "list"})
    assert response.headers["Location"] == "/follows"
    assert n_follows() == 0


def test_the_number_of_followers_stands_there_once_it_names_nobody(client, make):
    idea = make.idea()
    for _ in range(FEWEST_SHOWN - 1):
        make.follow(make.citizen(), idea)
    client.login(make.citizen())
    assert "명이 알림을 받아요" not in client.get(f"/ideas/{idea.id}").text
    make.follow(make.citizen(), idea)
    assert f"{FEWEST_SHOWN}명이 알림을 받아요" in client.get(f"/ideas/{idea.id}").text


def test_a_visitor_is_led_to_sign_in_and_a_waiting_child_sees_no_button(client, new_client, make):
    idea = make.idea()
    assert f"/account/login?next=/ideas/{idea.id}" in client.get(f"/ideas/{idea.id}").text.replace("%2F", "/")
    child = new_client().login(make.child())
    assert "알림 받기" not in child.get(f"/ideas/{idea.id}").text
    assert child.post(f"/follows/ideas/{idea.id}").status_code == 403


def test_a_withdrawn_idea_offers_no_button(client, make):
    author = make.citizen()
    idea = make.idea(author=author, state=IdeaState.WITHDRAWN)
    assert "알림 받기" not in client.login(author).get(f"/ideas/{idea.id}").text


def test_mails_are_stopped_and_resumed_on_the_same_page(client, make):
    account = make.citizen()
    client.login(account)
    for path, left in (("stop", [MailStream.DAILY]), ("stop", [MailStream.DAILY]), ("resume", []), ("resume", [])):
        assert client.post(f"/notices/mail/daily/{path}").headers["Location"] == "/follows"
        assert db.session.scalars(sa.select(MailOptOut.stream)).all() == left
    assert client.post("/notices/mail/password/stop").status_code == 404
