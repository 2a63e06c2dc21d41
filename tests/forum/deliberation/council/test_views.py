from __future__ import annotations

from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.council.models import GroupKind, Seat
from forum.deliberation.council.queries import seats_in_office


def test_everybody_reads_who_is_in_the_council_but_not_who_is_in_a_team(make, client):
    assert "아직 협의회가 없어요" in client.get("/council").text
    term = make.term(number=1)
    chair, _government = make.chairs(term)
    ended = make.seat(term, ended_at=clock.now(), end_reason="자리를 옮겼어요.")
    make.council_group(term, [chair])
    member = make.team_member(make.council_group(term, kind=GroupKind.TEAM))
    page = client.get("/council").text
    assert chair.name in page
    assert "공동위원장" in page
    assert "자리를 옮겼어요." in page
    assert "시민 1명" in page
    assert member.account.display_name not in page
    assert "&lt;script&gt;" in page
    assert ended.name in page
    assert client.get("/council/terms/2").status_code == 404


def test_an_admin_sets_up_a_council(make, client):
    today = clock.today().isoformat()
    client.login(make.account(Role.ADMIN))
    assert client.get("/council/terms/new").status_code == 200
    fields = {"number": "1", "starts_on": today, "ends_on": "2030-01-01", "quorum": "MAJORITY"}
    assert client.post("/council/terms/new", data=fields | {"ends_on": ""}).status_code == 400
    assert client.post("/council/terms/new", data=fields).status_code == 303
    person = make.citizen()
    seat = {"kind": "CIVIL", "name": "하나린", "office": "초록모임 대표", "account": "nobody@example.org"}
    page = "/council/terms/1/seats/new"
    refused = client.post(page, data=seat)
    assert refused.status_code == 400
    assert "초록모임 대표" in refused.text
    assert client.post(page, data=seat | {"account": person.email}).status_code == 303
    [made] = db.session.query(Seat)
    assert made.account_id == person.id
    group = {"kind": "SUBCOMMITTEE", "name": "생활 분과", "seats": [made.id]}
    assert client.post("/council/terms/1/groups/new", data=group).status_code == 303
    changed = {"name": "하나린", "office": "초록모임 이사", "seen": "1"}
    assert client.post(f"/council/seats/{made.id}/edit", data=changed).status_code == 303
    assert client.post(f"/council/seats/{made.id}/edit", data=changed).status_code == 409
    assert client.post(f"/council/seats/{made.id}/end", data={"reason": "", "seen": "2"}).status_code == 400
    assert client.post(f"/council/seats/{made.id}/end", data={"reason": "사임", "seen": "2"}).status_code == 303
    assert not seats_in_office(made.term_id)


def test_an_admin_puts_citizens_into_a_team_and_they_leave_it(make, client):
    team = make.council_group(kind=GroupKind.TEAM)
    person = make.citizen()
    client.login(make.account(Role.ADMIN))
    people = f"/council/groups/{team.id}/people"
    assert client.post(people, data={"account": person.email}).status_code == 303
    assert client.post(people, data={"account": person.email}).status_code == 400
    edit = client.get(f"/council/groups/{team.id}/edit").text
    assert person.display_name in edit
    client.login(person)
    page = client.get(f"/council/terms/{team.term.number}").text
    assert "내 이름은 공개하지 않아요." in page
    [address] = [part.split('"')[0] for part in page.split('action="')[1:] if "/council/memberships/" in part]
    client.login(make.citizen())
    assert client.post(address).status_code == 403
    client.login(person)
    assert client.post(address).status_code == 303
    assert "국민포럼팀에서 나가기" not in client.get("/council").text


def test_only_admins_reach_the_forms(make, client):
    seat, team = make.seat(), make.council_group(kind=GroupKind.TEAM)
    pages = ["/council/terms/new", f"/council/terms/{seat.term.number}/edit", f"/council/seats/{seat.id}/edit"]
    pages += [f"/council/terms/{seat.term.number}/seats/new", f"/council/groups/{team.id}/edit"]
    for account in (make.citizen(), make.account(Role.ANALYST), seat.account):
        client.login(account)
        for page in pages:
            assert client.get(page).status_code == 403
            assert client.post(page, data={"name": "x"}).status_code == 403
