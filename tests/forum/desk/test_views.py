from __future__ import annotations

from html import unescape

import pytest

from forum.extensions import db
from forum.themes.models import Theme, ThemeState


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


def test_a_refused_adoption_keeps_what_was_typed(client, make):
    run = make.run()
    client.login(make.analyst())
    response = client.post(f"/runs/{run.id}/clusters/1", data={"title": "가" * 101, "summary": "정성껏 쓴 요약"})
    assert response.status_code == 400
    assert "정성껏 쓴 요약" in text(response)


def test_the_second_of_two_analysts_is_told_and_loses_nothing(client, new_client, make):
    theme = make.theme(title="처음 이름")
    seen = {"version": str(theme.version)}
    first, second = client.login(make.analyst()), new_client().login(make.analyst())
    path = f"/desk/themes/{theme.id}/edit"
    assert first.post(path, data=seen | {"title": "첫째", "summary": "하나"}).status_code == 303
    response = second.post(path, data=seen | {"title": "둘째", "summary": "둘째가 쓴 긴 글"})
    assert response.status_code == 409
    assert "다른 분석가가 먼저" in text(response)
    assert "둘째가 쓴 긴 글" in text(response)
    db.session.refresh(theme)
    assert theme.title == "첫째"


@pytest.mark.parametrize("version", ["", "x", "-1", "１", "9" * 30, None])
def test_a_broken_version_matches_none(client, make, version):
    theme = make.theme()
    data = {"title": "새 이름", "summary": ""} | ({} if version is None else {"version": version})
    assert client.login(make.analyst()).post(f"/desk/themes/{theme.id}/edit", data=data).status_code == 409


def test_a_rejection_without_reason_comes_back(client, make):
    theme = make.theme()
    data = {"decision": "REJECTED", "reason": " ", "version": str(theme.version)}
    response = client.login(make.analyst()).post(f"/desk/themes/{theme.id}/decision", data=data)
    assert response.status_code == 400
    assert "까닭을 입력해 주세요" in text(response)
    assert db.session.get_one(Theme, theme.id).state is ThemeState.DRAFT


@pytest.mark.parametrize("idea_id", ["", "x", "0", "-1", "9" * 20, "１"])
def test_adding_an_idea_that_is_none_is_not_found(client, make, idea_id):
    theme = make.theme()
    response = client.login(make.analyst()).post(f"/desk/themes/{theme.id}/ideas", data={"idea_id": idea_id})
    assert response.status_code == 404
