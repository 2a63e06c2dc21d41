"""A gathering of thirty people with phones, a tablet and accounts, from its start to its end, through HTTP alone."""

from __future__ import annotations

import re

import sqlalchemy as sa

from forum.administration.operations.queries import recount
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings.models import GatheringState
from forum.deliberation.rooms.models import EntryWay, IdeaRoom, RoomTally
from forum.deliberation.rooms.results import people_of, table_of
from forum.deliberation.rooms.tallies import count_final, count_voters

N_PHONES, N_TABLET, N_ACCOUNTS = 20, 6, 4


def key(name):
    return {"idempotency_key": f"{name}-0123456789"}


def guest(**more):
    return {"age": "yes", "agrees": "y"} | more


def test_a_gathering_of_thirty_reconciles_and_equals_its_recount(make, new_client):
    room = make.gathering(seats=30)
    facilitator, strangers = room.organiser, [make.citizen() for _n in range(3)]
    accounts = [make.citizen() for _n in range(N_ACCOUNTS)]
    desk, tablet = new_client().login(facilitator), new_client().login(facilitator)
    at, join, here = f"/gatherings/{room.id}", f"/join/{room.join_code}", f"/gatherings/{room.id}/room"
    with clock.at(room.starts_at):
        assert desk.post(f"{at}/start", data={"revision": "1"}).status_code == 303
        phones = [new_client() for _n in range(N_PHONES)]
        for n, phone in enumerate(phones):
            for _twice in range(2):
                assert phone.post(join, data=guest(**key(f"phone-{n}"))).status_code == 303
        people = [new_client().login(account) for account in accounts]
        for person in people:
            assert person.post(join).status_code == 303
        seen = re.search(r'name="seen" value="([0-9 ]+)"', desk.get(f"{at}/people").text)[1]
        assert desk.post(f"{at}/people/check-in", data={"seen": seen}).status_code == 303
        tablet.post(f"{at}/tablets", data=key("tablet"))
        titles = ["버스를 자주", "자전거 길 잇기", "채식 급식의 날"]
        writers = [phones[0], phones[1], people[0]]
        for writer, title in zip(writers, titles, strict=True):
            body = f"{title}: 우리 동네에서 해 보면 좋겠습니다"
            assert writer.post(f"{here}/ideas", data={"title": title, "body": body}).status_code == 303
        ideas = db.session.scalars(sa.select(IdeaRoom.idea_id).order_by(IdeaRoom.number)).all()
        for n, voter in enumerate([*phones, *people]):
            for idea, value in zip(ideas, ("agree", "disagree" if n % 2 else "agree", "pass"), strict=True):
                assert voter.post(f"{here}/votes", data={"idea": str(idea), "value": value}).status_code == 303
        for n in range(N_TABLET):
            assert tablet.post("/tablet", data=guest(**key(f"tablet-{n}"))).status_code == 303
            tablet.post("/tablet/votes", data={"idea": str(ideas[0]), "value": "agree" if n else "disagree"})
            tablet.post("/tablet/next", data={"x": "1"})
        assert new_client().post(join, data=guest(**key("late"))).status_code == 409, "thirty seats are taken"
        for stranger in strangers:
            new_client().login(stranger).post(f"/ideas/{ideas[0]}/vote", data={"value": "disagree"})
        page = phones[0].get(here).text
        assert "출석을 확인한 30명 가운데 <strong>30명이 투표했어요.</strong>" in page
        assert "우리 모임방이 뜻을 모은 제안" in page
        assert "생각이 갈린 제안" in page
        fields = {"n_present": "30", "revision": "2"}
        assert desk.post(f"{at}/finish", data=fields).status_code == 303
        for voter in (phones[0], people[0]):
            assert voter.post(f"{here}/votes", data={"idea": str(ideas[0]), "value": "pass"}).status_code == 409
        assert tablet.post("/tablet", data=guest(**key("after"))).status_code == 409
        assert "끝났어요" in phones[0].get(here).text
    assert room.state is GatheringState.FINISHED
    assert people_of(room.id).admitted == {
        EntryWay.ACCOUNT: N_ACCOUNTS,
        EntryWay.PHONE: N_PHONES,
        EntryWay.TABLET: N_TABLET,
    }
    counts = {ideas[0]: (29, 1, 0), ideas[1]: (12, 12, 0), ideas[2]: (0, 0, 24)}
    assert {row.idea_id: (row.agree, row.disagree, row.pass_) for row in table_of(room)} == counts
    assert count_final(room) == counts
    assert count_voters(room) == 30
    assert len(db.session.scalars(sa.select(RoomTally)).all()) == 3
    assert [line for finding in recount() for line in finding.differences] == []
    public = new_client().get(at).text
    assert "찬성 29, 반대 1, 넘김 0" in public
    assert "찬성 29, 반대 4, 넘김 0" in public, "the forum"
    assert "찬성 0, 반대 3, 넘김 0" in public, "without the room"
