from __future__ import annotations

import io
import zipfile

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from forum.administration.mydata.services import delete_account
from forum.analysis.opinions.models import OpinionConsent
from forum.analysis.opinions.pages import ground_page
from forum.analysis.opinions.queries import ground_of
from forum.analysis.opinions.standing import (
    FEWEST_VOTES,
    _told_counts,
    give_consent,
    has_consented,
    where_one_stands,
    withdraw_consent,
)
from forum.core.access import ANONYMOUS
from forum.core.database import Base
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.voice.votes.models import Vote
from tests.forum.analysis.opinions.crowd import cast, crowd


def votes_like(account, made, camp):
    """All shared ideas, and the dividing ones as the camp 0 or 1 votes."""
    rows = [(idea, account.participant.id, 1) for idea in made.shared]
    rows += [(idea, account.participant.id, 1 if m % 2 == camp else -1) for m, idea in enumerate(made.dividing)]
    cast(rows)


@pytest.fixture
def place(make, snap):
    """A campaign with two camps, a person of one who has consented, and the snapshot, made before they voted."""

    def make_place(camp=0):
        made, me = crowd(make), make.citizen()
        found = snap(made.campaign)
        votes_like(me, made, camp)
        give_consent(me)
        return made, me, found

    return make_place


def side_of(found, made, camp):
    """The group that agrees with the camp's first dividing idea."""
    idea = made.dividing[camp]
    shares = ground_of(found, [idea.id])[idea.id].groups
    return max(shares, key=lambda share: share.share).number


@pytest.mark.parametrize("camp", [0, 1])
def test_a_person_is_told_the_group_that_votes_like_them(place, camp):
    made, me, found = place(camp)
    own = where_one_stands(found, me)
    assert own.nearest.number == side_of(found, made, camp)
    assert own.chance > 0.95
    assert own.n_votes == 12
    assert own.differs == []
    groups = {group.number: group for group in found.groups}
    near, far = groups[own.nearest.number], groups[1 - own.nearest.number]
    assert abs(own.x - near.x) < abs(own.x - far.x)
    assert 0 <= own.x <= 1
    assert 0 <= own.y <= 1


def test_where_the_person_votes_unlike_the_group_is_said(place):
    made, me, found = place()
    mine = next(vote for vote in votes_of(me) if vote.idea_id == made.shared[0].id)
    mine.value = -1
    db.session.flush()
    own = where_one_stands(found, me)
    assert [(one.idea.id, one.own_vote) for one in own.differs] == [(made.shared[0].id, -1)]
    assert own.differs[0].share.share > 0.6


def votes_of(account):
    return db.session.scalars(sa.select(Vote).where(Vote.participant_id == account.participant.id)).all()


def test_without_consent_nothing_is_computed(make, snap):
    made, me = crowd(make), make.citizen()
    found = snap(made.campaign)
    votes_like(me, made, 0)
    with pytest.raises(WrongState):
        where_one_stands(found, me)
    give_consent(me)
    give_consent(me)
    assert db.session.scalar(sa.select(sa.func.count(OpinionConsent.id))) == 1
    assert where_one_stands(found, me) is not None
    withdraw_consent(me)
    withdraw_consent(me)
    assert not has_consented(me)
    with pytest.raises(WrongState):
        where_one_stands(found, me)
    give_consent(me)
    rows = db.session.scalars(sa.select(OpinionConsent).order_by(OpinionConsent.id)).all()
    assert [one.withdrawn_at is None for one in rows] == [False, True]


def test_nine_votes_are_too_few(make, snap):
    made, me = crowd(make), make.citizen()
    found = snap(made.campaign)
    give_consent(me)
    cast([(idea, me.participant.id, 1) for idea in (*made.shared, *made.dividing)[: FEWEST_VOTES - 1]])
    new = [make.idea(made.campaign) for _ in range(5)]  # not in the snapshot, so it cannot tell
    cast([(idea, me.participant.id, 1) for idea in new])
    with pytest.raises(WrongState):
        where_one_stands(found, me)
    cast([(made.dividing[-1], me.participant.id, 1)])
    assert where_one_stands(found, me) is not None


def test_cells_that_pages_hide_are_not_used(place):
    made, _me, found = place()
    score = ground_of(found, [made.shared[0].id])[made.shared[0].id].score
    assert all(sum(cell) for cell in _told_counts(found, score, found.groups))
    score.groups = [[2, 1, 1, 0.5, 0.2, 0.8], score.groups[1]]  # four votes, in memory only
    assert _told_counts(found, score, found.groups) == [[0, 0, 0], [0, 0, 0]]
    db.session.rollback()


def test_staff_children_who_wait_and_visitors_may_not_ask(make):
    waiting = make.child()
    for actor in (ANONYMOUS, make.analyst(), make.officer(), make.account(role=make.analyst().role), waiting):
        with pytest.raises(Forbidden):
            give_consent(actor)
    give_consent(make.child(waits_for_consent=False))
    give_consent(make.facilitator())
    withdraw_consent(waiting)
    with pytest.raises(Forbidden):
        withdraw_consent(ANONYMOUS)


def test_a_child_whose_guardian_takes_the_consent_back_is_told_no_more(place):
    _made, me, found = place()
    me.waits_for_consent, me.needs_consent_until = True, me.created_at.date().replace(year=me.created_at.year + 5)
    with pytest.raises(Forbidden):
        where_one_stands(found, me)
    db.session.rollback()


def test_leaving_forgets_the_consent(place):
    _made, me, _found = place()
    withdraw_consent(me)
    give_consent(me)
    delete_account(me, me, keep_posts=True)
    assert db.session.scalar(sa.select(sa.func.count(OpinionConsent.id))) == 0


def test_the_page_asks_first_then_shows_it_to_the_person_alone(make, snap, new_client):
    made, me = crowd(make), make.citizen()
    address = f"/c/{made.campaign.slug}/common-ground/me"
    client, visitor = new_client(), new_client()
    client.login(me)
    assert "아직 계산한 공감대가 없어요" in client.get(address).text
    snap(made.campaign)
    assert "지금은 0건에 투표했어요." in client.get(address).text
    votes_like(me, made, 0)
    asked = client.get(address)
    assert "동의하고 보기" in asked.text
    assert "갈래에 가까워요" not in asked.text
    assert client.post(address).status_code == 303
    shown = client.get(address)
    assert "갈래에 가까워요. 거의 확실해요." in shown.text
    assert "내 자리" in shown.text
    assert shown.headers["Cache-Control"] == asked.headers["Cache-Control"] == "private, no-store"
    assert visitor.get(address).status_code == 302
    assert "내 자리" not in visitor.get(f"/c/{made.campaign.slug}/common-ground").text
    assert client.post(f"{address}/withdraw").status_code == 303
    assert "동의하고 보기" in client.get(address).text


def test_nothing_of_it_is_stored(place, client):
    made, me, _found = place()
    client.login(me)
    before = rows_of_all_tables()
    assert "갈래에 가까워요" in client.get(f"/c/{made.campaign.slug}/common-ground/me").text
    assert rows_of_all_tables() == before


def rows_of_all_tables():
    return {
        table.name: sorted(map(str, db.session.execute(sa.select(table)).all()))
        for table in Base.metadata.sorted_tables
    }


def test_a_group_of_few_is_not_named_as_the_nearest(place):
    _made, me, found = place()
    own = where_one_stands(found, me)
    set_committed_value(own.nearest, "size", 4)  # in memory alone: finished ones cannot be changed
    assert where_one_stands(found, me).nearest.number != own.nearest.number
    assert len(ground_page(found).groups) == 1


def test_the_archive_says_when_one_consented(make, client):
    me = make.citizen()
    give_consent(me)
    client.login(me)
    answer = client.post("/profile/data")
    data = answer.data
    answer.close()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.read("opinion_consents.csv").decode("utf-8-sig").splitlines()) == 2
