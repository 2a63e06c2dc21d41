from __future__ import annotations

import re

import pytest

from forum.core import clock
from forum.core.access import Role
from forum.people.accounts.queries import get_account


# The profile
def test_a_profile_shows_and_changes_ones_own_data(client, make):
    account = make.citizen(email="haeun@example.org", display_name="하은이")
    client.login(account)
    page = client.get("/profile").text
    assert "haeun@example.org" in page
    assert "하은이" in page
    assert client.post("/profile", data={"display_name": "새 이름", "region_code": "26"}).status_code == 302
    account = get_account(account.id)
    assert (account.display_name, account.region_code) == ("새 이름", "26")


def test_more_than_name_and_region_is_not_taken(client, make):
    account = make.citizen(email="haeun@example.org")
    client.login(account)
    more = {"email": "x@example.org", "email_key": "x", "role": "ADMIN", "birth_year": "1950", "confirmed_at": "now"}
    client.post("/profile", data={"display_name": "새 이름", "region_code": "", **more})
    account = get_account(account.id)
    assert (account.email, account.role, account.birth_year) == ("haeun@example.org", Role.CITIZEN, 2008)


@pytest.mark.parametrize("name", ["", "가", "가" * 21, "관리자", "하\x00은"])
def test_a_bad_name_comes_back_with_its_message(client, make, name):
    account = make.citizen(display_name="하은이")
    client.login(account)
    response = client.post("/profile", data={"display_name": name, "region_code": "11"})
    assert response.status_code == 400
    assert get_account(account.id).display_name == "하은이"


def test_the_profile_of_a_visitor_is_the_sign_in_page(client):
    response = client.get("/profile")
    assert (response.status_code, response.location) == (302, "/account/login?next=/profile")


# The admin's pages
@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.GUEST, Role.SYSTEM}])
def test_who_sees_the_accounts(client, make, role):
    other = make.citizen()
    if role is not Role.ANONYMOUS:
        client.login(make.account(role))
    expected = {Role.ADMIN: 200, Role.ANONYMOUS: 302}.get(role, 403)
    assert client.get("/admin/accounts").status_code == expected
    assert client.get(f"/admin/accounts/{other.id}/role").status_code == expected


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.GUEST, Role.SYSTEM}])
def test_who_gives_and_takes_roles(client, make, role):
    analyst = make.analyst()
    if role is not Role.ANONYMOUS:
        client.login(make.account(role))
    expected = {Role.ADMIN: 302, Role.ANONYMOUS: 401}.get(role, 403)
    assert client.post(f"/admin/accounts/{analyst.id}/role", data={"role": "ADMIN"}).status_code == expected
    assert client.post(f"/admin/accounts/{analyst.id}/role/revoke").status_code == expected
    assert get_account(analyst.id).role is (Role.CITIZEN if role is Role.ADMIN else Role.ANALYST)


def test_an_admin_finds_an_account_and_makes_it_an_officer(client, make):
    ministry = make.ministry(code="MCEE", name="기후에너지환경부")
    account = make.citizen(email="haeun@example.org", display_name="하은이")
    make.citizen(email="other@example.org")
    client.login(make.admin())
    page = client.get("/admin/accounts?q=하은").text
    assert "haeun@example.org" in page
    assert "other@example.org" not in page
    data = {"role": "MINISTRY_OFFICER", "ministry": "MCEE", "council_seat": ""}
    assert client.post(f"/admin/accounts/{account.id}/role", data=data).status_code == 302
    account = get_account(account.id)
    assert (account.role, account.ministry_id) == (Role.MINISTRY_OFFICER, ministry.id)
    assert "기후에너지환경부" in client.get("/admin/accounts").text


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"role": ""}, 400),
        ({"role": "KING"}, 400),
        ({"role": "CITIZEN"}, 400),
        ({"role": "SYSTEM"}, 400),
        ({"role": "MINISTRY_OFFICER"}, 400),
        ({"role": "MINISTRY_OFFICER", "ministry": "NONE"}, 400),
        ({"role": "ANALYST", "council_seat": "CIVIL"}, 400),
        ({"role": "COUNCIL_MEMBER", "council_seat": "KING"}, 400),
        ({"role": "ANALYST"}, 409),
    ],
)
def test_a_bad_grant_comes_back_and_changes_nothing(client, make, data, status):
    account = make.analyst()
    client.login(make.admin())
    response = client.post(f"/admin/accounts/{account.id}/role", data=data)
    assert response.status_code == status
    assert account.display_name in response.text
    assert get_account(account.id).role is Role.ANALYST


def test_taking_a_role_twice_is_told(client, make):
    account = make.analyst()
    client.login(make.admin())
    assert client.post(f"/admin/accounts/{account.id}/role/revoke").status_code == 302
    assert client.post(f"/admin/accounts/{account.id}/role/revoke").status_code == 409


@pytest.mark.parametrize("query", ["before=x", "before=-1", f"before={10**30}", "q=%00", "q=%25", "q=" + "가" * 3_000])
def test_nonsense_in_the_address_bar_is_no_error(client, make, query):
    client.login(make.admin())
    assert client.get(f"/admin/accounts?{query}").status_code == 200


def test_the_list_goes_on(app, client, make):
    size = app.config["PAGE_SIZE"]
    admin = make.admin(display_name="첫 관리자")
    for _ in range(size):
        make.citizen()
    client.login(admin)
    first = client.get("/admin/accounts").text
    assert "첫 관리자" not in first.partition("<h1>")[2]
    before = first.partition("before=")[2].partition('"')[0]
    assert "첫 관리자" in client.get(f"/admin/accounts?before={before}").text.partition("<h1>")[2]


def test_the_list_costs_the_same_for_many(client, make, count_queries):
    client.login(make.admin())
    few = count_queries(lambda: client.get("/admin/accounts"))
    for _ in range(10):
        make.officer()
    assert count_queries(lambda: client.get("/admin/accounts")) == few


@pytest.mark.parametrize("account_id", [0, 999_999, 2**31, 10**30])
def test_nobodys_number_is_not_found(client, make, account_id):
    client.login(make.admin())
    assert client.get(f"/admin/accounts/{account_id}/role").status_code == 404
    assert client.post(f"/admin/accounts/{account_id}/role/revoke").status_code == 404


# The page of one's role
@pytest.mark.parametrize(
    ("role", "today"),
    [(Role.FACILITATOR, "모임을 열고"), (Role.COUNCIL_MEMBER, "편지를 읽어요"), (Role.COUNCIL_MEMBER, "/council")],
)
def test_a_role_finds_on_its_page_what_it_can_do(client, make, role, today):
    client.login(make.account(role))
    home = client.get("/").text
    assert home.count('href="/role"') >= 3  # in both menus, and first on the page after signing in
    page = client.get("/role").text
    assert today in page


def test_other_roles_have_no_link_to_it(client, make):
    client.login(make.citizen())
    assert 'href="/role"' not in client.get("/").text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("role=ANALYST", {"분석하는 이"}),
        ("role=CITIZEN", {"아직 확인 전", "기다리는 아이", "여느 시민"}),
        ("state=UNCONFIRMED", {"아직 확인 전"}),
        ("state=WAITING", {"기다리는 아이"}),
        ("q=시민&role=CITIZEN", {"여느 시민"}),
        ("role=SYSTEM&state=red", {"분석하는 이", "아직 확인 전", "기다리는 아이", "여느 시민", "나 관리자"}),
    ],
)
def test_the_list_of_accounts_is_filtered_by_role_and_state(client, make, query, names):
    make.analyst(display_name="분석하는 이")
    make.citizen(display_name="아직 확인 전", confirmed_at=None)
    make.citizen(display_name="기다리는 아이", waits_for_consent=True, needs_consent_until=clock.today())
    make.citizen(display_name="여느 시민")
    client.login(make.admin(display_name="나 관리자"))
    page = client.get(f"/admin/accounts?{query}").text
    assert set(re.findall(r'<th scope="row">(.*?)</th>', page)) == names


def test_the_next_page_keeps_the_filters(app, client, make, monkeypatch):
    monkeypatch.setitem(app.config, "PAGE_SIZE", 2)
    for _ in range(3):
        make.analyst()
    client.login(make.admin())
    page = client.get("/admin/accounts?role=ANALYST").text
    [path] = re.findall(r'href="(/admin/accounts\?before=[^"]*)"', page)
    assert "role=ANALYST" in path
    assert len(re.findall(r'<th scope="row">', client.get(path.replace("&amp;", "&")).text)) == 1
