"""A text from an expired session reappears in its form after sign-in; it is never submitted or shown to others."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.people.accounts.services import add_account, note_agreement
from forum.voice.ideas.models import Comment, Idea
from forum.web.form_recovery import MAX_CHARS, RefusedForm, purge_refused_forms

TITLE, BODY = "옥상에 텃밭을 만들어요", "학교 옥상에 텃밭을 만들면 여름에 시원하고 급식에도 씁니다."
TEXT = {"title": TITLE, "body": BODY, "sector": "BUILDING", "region_code": ""}
PASSWORD = "조용한 들판을 달리는 자전거 7"


def rule_value(model) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


@pytest.fixture
def person(app):
    account = add_account("writer@example.org", "글쓴이", PASSWORD)
    note_agreement(account)
    account.confirmed_at = clock.now()
    db.session.commit()
    return account


def sign_in(client, next_path: str):
    return client.post("/account/login", data={"email": "writer@example.org", "password": PASSWORD, "next": next_path})


def test_a_visitors_idea_waits_behind_the_sign_in_page(make, client, person):
    path = f"/c/{make.campaign().slug}/ideas/new"
    refused = client.post(path, data=TEXT)
    assert refused.status_code == 303
    asked = client.get(refused.location).text
    assert BODY in asked
    link = re.search(r'href="(/account/login\?next=[^"]+)"', asked)
    assert link is not None
    assert TITLE not in link[1]
    assert TITLE not in refused.location
    signed_in = sign_in(client, path)
    assert signed_in.headers["Location"].endswith(path)
    page = client.get(path).text
    assert TITLE in page
    assert BODY in page
    assert 'selected value="BUILDING"' in page
    assert "아까 쓰던 글을 되살렸어요" in page
    assert rule_value(Idea) == 0
    assert client.post(path, data=TEXT).status_code == 303
    assert rule_value(RefusedForm) == 0
    assert BODY not in client.get(path).text


def test_a_token_from_an_older_session_loses_nothing(app, make, client, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    campaign = make.campaign()
    client.login(make.citizen())
    path = f"/c/{campaign.slug}/ideas/new"
    refused = client.post(path, data=TEXT | {"csrf_token": "from yesterday"})
    assert refused.status_code == 400
    assert BODY in refused.text
    assert f'href="{path}"' in refused.text
    assert BODY in client.get(path).text
    assert rule_value(Idea) == 0


def test_a_comment_comes_back_on_its_own_page(make, client, person):
    path = f"/ideas/{make.idea().id}/comments"
    assert client.post(path, data={"body": "좋은 생각이에요, 저도 돕겠습니다."}).status_code == 401
    sign_in(client, path)
    assert "저도 돕겠습니다" in client.get(path).text
    assert rule_value(Comment) == 0


def test_a_form_without_a_page_shows_its_text_to_copy(make, client):
    response = client.post(f"/moderation/ideas/{make.idea().id}/appeal", data={"words": "오래 생각하고 쓴 설명입니다."})
    assert response.status_code == 401
    assert "오래 생각하고 쓴 설명입니다." in response.text
    assert rule_value(RefusedForm) == 0


def test_a_key_used_for_another_text_loses_nothing_either(make, client):
    client.login(make.citizen())
    path, key = f"/c/{make.campaign().slug}/ideas/new", {"idempotency_key": "k" * 32}
    client.post(path, data=TEXT | key)
    refused = client.post(path, data=TEXT | key | {"body": "뒤로 가서 고쳐 쓴 다른 제안입니다."})
    assert refused.status_code == 422
    assert "뒤로 가서 고쳐 쓴" in refused.text
    assert "뒤로 가서 고쳐 쓴" in client.get(path).text


def test_another_browser_and_another_page_find_nothing(make, client, new_client):
    campaign, other = make.campaign(), make.campaign()
    client.post(f"/c/{campaign.slug}/ideas/new", data=TEXT)
    assert BODY not in new_client().get(f"/c/{campaign.slug}/ideas/new").text
    assert BODY not in client.get(f"/c/{other.slug}/ideas/new").text


def test_what_one_person_typed_signed_in_is_not_given_to_another(app, make, client, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    path = f"/c/{make.campaign().slug}/ideas/new"
    client.login(make.citizen()).post(path, data=TEXT)
    assert rule_value(RefusedForm) == 1
    assert BODY not in client.login(make.citizen()).get(path).text


def test_signing_out_leaves_nothing_for_the_next_person(make, client, person):
    path = f"/c/{make.campaign().slug}/ideas/new"
    client.post(path, data=TEXT)
    sign_in(client, path)
    assert BODY in client.get(path).text
    client.post("/account/logout")
    assert BODY not in client.get(path).text


def test_no_password_is_ever_shown_or_kept(make, client):
    response = client.post("/account/change", data={"password": "나의 아주 긴 비밀번호 1", "new_password": "비밀 2"})
    assert "나의 아주 긴" not in response.text
    assert rule_value(RefusedForm) == 0


def test_an_absurdly_long_text_is_shown_but_not_kept(make, client):
    long = "가" * (MAX_CHARS + 1)
    response = client.post(f"/ideas/{make.idea().id}/comments", data={"body": long})
    assert response.status_code == 401
    assert long in response.text
    assert rule_value(RefusedForm) == 0


def test_one_session_keeps_one_text(make, client):
    path = f"/c/{make.campaign().slug}/ideas/new"
    for n in range(3):
        client.post(path, data=TEXT | {"title": f"{n}번째로 고친 제목"})
    assert rule_value(RefusedForm) == 1
    assert "2번째로 고친 제목" in client.get(path).text


def test_after_an_hour_it_is_gone(make, client):
    path = f"/c/{make.campaign().slug}/ideas/new"
    client.post(path, data=TEXT)
    with clock.at(clock.now() + timedelta(minutes=61)):
        assert BODY not in client.get(path).text
        assert purge_refused_forms() == 1
    assert rule_value(RefusedForm) == 0


def test_markup_in_a_text_stays_text(make, client):
    path = f"/c/{make.campaign().slug}/ideas/new"
    evil = "</textarea><script>alert(1)</script>"
    assert evil not in client.post(path, data={"body": evil}).text
    assert evil not in client.get(path).text


def test_opening_a_page_with_nothing_carried_asks_nothing(app, make, client):
    path, seen = f"/c/{make.campaign().slug}/ideas/new", []
    db.session.commit()
    sa.event.listen(db.engine, "before_cursor_execute", note := lambda *args: seen.append(args[2]))
    try:
        client.get(path)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    assert seen
    assert not [statement for statement in seen if "carried_text" in statement]


def test_a_text_that_the_database_refused_meanwhile_is_on_the_page(make, client, monkeypatch):
    """Such as an idea of a child whose guardian revoked the consent a moment before."""
    campaign, author = make.campaign(), make.citizen()
    client.login(author)

    def refuse(*_args, **_values):
        raise sa.exc.IntegrityError("INSERT", {}, Exception("this participant may not take part"))

    monkeypatch.setattr("forum.voice.ideas.views.submit_idea", refuse)
    path = f"/c/{campaign.slug}/ideas/new"
    refused = client.post(path, data=TEXT)
    assert refused.status_code == 409
    assert BODY in refused.text
    assert BODY in client.get(path).text
