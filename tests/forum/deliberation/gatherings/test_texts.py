from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.gathering_checks import registrations
from forum.administration.operations.queries import recount
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering, RegistrationState
from forum.deliberation.gatherings.registering import register_person
from forum.deliberation.gatherings.search_kind import GatheringSearch
from forum.deliberation.gatherings.services import announce_gathering
from forum.deliberation.gatherings.texts import GatheringKind
from forum.people.accounts.services import revoke_role
from forum.system.finding.search import SearchWords
from forum.voice.moderation.services import appeal, decide_appeal, hide, report

KIND = GatheringKind()


def found(words: str) -> list[int]:
    return [hit.id for hit in GatheringSearch().rank(SearchWords.of(words), None)]


def test_a_gathering_is_reported_hidden_appealed_and_shown_again(client, make):
    gathering, analyst = make.gathering(), make.analyst()
    report(gathering, make.citizen(), "ABUSE", "욕설이 있어요")
    hiding = hide(gathering, analyst, "ABUSE", gathering.revision)
    assert gathering.is_hidden
    assert client.get(f"/gatherings/{gathering.id}").status_code == 404
    appeal(hiding, gathering.organiser, "그런 말을 쓰지 않았습니다.")
    decide_appeal(hiding, make.analyst(), "SHOWN", "다시 보니 욕설이 아니에요.")
    assert not gathering.is_hidden
    assert client.get(f"/gatherings/{gathering.id}").status_code == 200


def test_the_page_offers_to_report(client, make):
    gathering = make.gathering()
    client.login(make.citizen())
    assert f"/report/gatherings/{gathering.id}" in client.get(f"/gatherings/{gathering.id}").text
    assert client.get(f"/report/gatherings/{gathering.id}").status_code == 200
    draft = make.gathering(state="DRAFT")
    assert client.get(f"/report/gatherings/{draft.id}").status_code == 404


def test_masking_an_old_text_changes_it_once(make):
    gathering = make.gathering()
    table = Gathering.__table__
    db.session.execute(sa.update(table).where(table.c.id == gathering.id).values(summary="전화 010-1234-5678"))
    db.session.refresh(gathering)
    assert KIND.mask(gathering)
    assert "010-1234-5678" not in gathering.summary
    assert not KIND.mask(gathering)


def test_corrections_keep_titles_and_refuse_numbers(make):
    gathering = make.gathering(summary="A &amp; B", title="A &amp; B 모임")
    assert KIND.correct(gathering, lambda text: text.replace("&amp;", "&"))
    assert (gathering.title, gathering.summary) == ("A & B 모임", "A & B")
    assert not KIND.correct(gathering, lambda text: text)
    assert not KIND.correct(gathering, lambda _text: "")
    assert not KIND.correct(gathering, lambda text: text and "900101-1234568")
    assert gathering.title == "A & B 모임"


@pytest.mark.parametrize("keep", [True, False])
def test_who_leaves_leaves_words_or_none(make, keep):
    gathering, admin = make.gathering(title="우리 동네 모임", summary="소개"), make.admin()
    organiser = gathering.organiser
    revoke_role(organiser, admin)
    db.session.refresh(organiser, ["grant"])
    delete_account(organiser, organiser, keep_posts=keep)
    assert (gathering.title == "우리 동네 모임") is keep
    assert (gathering.summary == "소개") is keep
    assert gathering.place_name == "주민센터 2층"  # no words of theirs, and people still come


# found by search


def test_announced_gatherings_are_found_by_words_and_place(client, make):
    gathering = make.gathering(title="겨울 난방비 모임", place_name="성북도서관")
    make.gathering(title="난방비 준비 모임", state="DRAFT")
    make.gathering(title="난방비 숨긴 모임", is_hidden=True)
    assert found("난방비") == [gathering.id]
    assert found("성북도서관") == [gathering.id]
    assert found("우주선") == []
    assert f'href="/gatherings/{gathering.id}"' in client.get("/search?q=난방비").text


# `flask forum check`


def wrong() -> list[str]:
    return registrations().differences


def test_what_services_do_passes_the_check(make):
    gathering = make.gathering(seats=1)
    for _n in range(3):
        register_person(gathering, make.citizen())
    assert wrong() == []
    assert [one.name for one in recount() if one.differences] == []


def test_one_more_than_the_seats_is_named(make):
    gathering = make.gathering(seats=2, held_seats=1)
    make.registration(gathering)
    make.registration(gathering)
    assert wrong() == [f"모임 {gathering.id}번: 자리 1개에 2명"]


def test_who_waits_beside_a_free_seat_is_named(make):
    gathering = make.gathering(seats=2)
    make.registration(gathering, state=RegistrationState.WAITING, seated_at=None)
    assert wrong() == [f"모임 {gathering.id}번: 빈자리가 2개인데 1명이 기다림"]


def test_a_code_of_other_than_digits_is_named(make):
    gathering = make.gathering(join_code="abc")
    assert wrong() == [f"모임 {gathering.id}번: 모임방 번호가 숫자 여덟 자리가 아님"]


def test_what_is_left_of_a_deleted_list_is_named(make):
    gathering = make.gathering(state="FINISHED", lists_deleted_at=clock.now())
    make.registration(gathering)
    make.helper(gathering)
    assert wrong() == [f"모임 {gathering.id}번: 지운 명단에 2줄이 남음"]


def _recorded_differences() -> list[str]:
    return [line for finding in recorded_rows() for line in finding.differences]


def test_a_number_changed_past_the_services_is_named(make):
    gathering = make.gathering(state="DRAFT")
    make.vouch()
    announce_gathering(gathering, gathering.organiser, 1)
    assert _recorded_differences() == []
    db.session.execute(sa.update(Gathering).where(Gathering.id == gathering.id).values(seats=11))
    assert len(_recorded_differences()) == 1


def test_a_revoked_consent_hides_it_and_a_new_one_shows_it(make):
    child = make.child(waits_for_consent=False)
    gathering = make.gathering()
    gathering.author_id = child.participant.id
    db.session.flush()
    (text,) = KIND.lock_shown(child.participant.id)
    earlier = KIND.take_down(text)
    assert gathering.is_hidden
    assert KIND.put_back(gathering, earlier)
    assert not gathering.is_hidden
