from __future__ import annotations

import re

from forum.core.access import Role


def menu(page, name):
    """Labels of a menu of the page, with a star on the current one."""
    found = re.search(rf'<nav[^>]*aria-label="{name}">(.*?)</nav>', page, re.DOTALL)
    assert found, name
    links = re.findall(r"<a ([^>]*)>(.*?)</a>", found[1], re.DOTALL)
    return [re.sub(r"<.*?>", "", text).strip() + ("*" if "aria-current" in attrs else "") for attrs, text in links]


def test_the_menu_leads_to_the_forum_of_the_page(client, make):
    make.campaign(slug="open-now")
    page = client.get(f"/c/{make.campaign(slug='another').slug}/themes").text
    assert menu(page, "주 메뉴") == [
        "홈",
        "포럼",
        "제안",
        "공감대",
        "모임",
        "협의회",
        "정책 주제*",
        "전달·답변",
        "공익데이터",
        "보고서",
    ]
    assert 'href="/c/another/ideas"' in page
    assert 'href="/c/open-now/ideas"' not in page


def test_other_pages_lead_to_the_forum_that_takes_part_in_now(client, make):
    make.campaign(slug="open-now")
    assert 'href="/c/open-now/ideas"' in client.get("/policies/terms").text


def test_without_a_forum_only_what_needs_none_is_shown(client):
    page = client.get("/policies/terms").text
    assert menu(page, "주 메뉴") == ["홈", "협의회", "공익데이터"]
    assert menu(page, "바로 가기") == ["홈", "내 활동"]


def test_the_page_of_an_idea_belongs_to_the_ideas(client, make):
    idea = make.idea()
    page = client.get(f"/ideas/{idea.id}").text
    assert "제안*" in menu(page, "주 메뉴")
    assert "제안*" in menu(page, "바로 가기")


def test_desks_are_seen_by_those_who_work_there(client, make):
    make.campaign()
    client.login(make.account(role=Role.ANALYST))
    page = client.get("/").text
    assert {"분석가 책상", "신고·이의", "작업"} <= set(menu(page, "전체 메뉴"))
    assert "계정 관리" not in page
