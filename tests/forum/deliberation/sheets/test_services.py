from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom, RoomIdeaWay
from forum.deliberation.rooms.results import people_of
from forum.deliberation.rooms.room import vote_in_room
from forum.deliberation.sheets import closing
from forum.deliberation.sheets.closing import register_closing, why_no_paper
from forum.deliberation.sheets.services import correct_slip, type_slip
from forum.deliberation.sheets.slips import slip_code
from forum.people.passes.models import PassKind
from forum.people.passes.queries import pass_of_code
from forum.people.passes.services import join_pass
from forum.system.audit.models import AuditEntry
from forum.voice.ideas.models import Idea, IdeaOriginal, IdeaRevision, IdeaState
from tests.races import at_once

TITLE, BODY = "급식에 채식의 날을 늘려요", "한 달에 두 번은 고기 없는 급식을 먹으면 좋겠어요."


def test_a_slip_becomes_an_idea_of_nobody_known_on_the_rooms_table(make):
    gathering = make.gathering(state="RUNNING")

    placed = type_slip(gathering, gathering.organiser, 12, TITLE, BODY)

    entry = db.session.get_one(GatheringEntry, placed.entry_id)
    assert (placed.number, placed.slip_number, placed.way) == (1, 12, RoomIdeaWay.PAPER)
    assert (entry.way, entry.admitted_by_id) == (EntryWay.PAPER, gathering.organiser_id)
    assert entry.guest_pass.kind is PassKind.PAPER
    assert placed.idea.author_id == entry.participant_id
    assert placed.idea.author_name == "이름 없는 시민"
    assert (placed.idea.title, placed.idea.body) == (TITLE, BODY)


def test_the_code_on_the_stub_finds_the_slips_pass_and_lets_nobody_act(make):
    gathering = make.gathering(state="RUNNING")

    type_slip(gathering, gathering.organiser, 3, TITLE, BODY)

    found = pass_of_code(slip_code(gathering.id, 3))
    assert found is not None
    assert not found.may_act()
    assert found.expires_at is None  # until the gathering ends


def test_a_slip_typed_after_the_end_is_read_as_long_as_the_other_passes(make):
    gathering = make.gathering(state="FINISHED", lists_until=clock.today() + timedelta(days=20))

    placed = type_slip(gathering, gathering.organiser, 1, TITLE, BODY)

    entry = db.session.get_one(GatheringEntry, placed.entry_id)
    assert entry.guest_pass.expires_at == gathering.finished_at + timedelta(days=7)


def test_one_sentence_is_title_and_text(make):
    gathering = make.gathering(state="RUNNING")

    placed = type_slip(gathering, make.helper(gathering), 1, TITLE, "")

    assert placed.idea.body == TITLE


def test_a_slip_is_copied_once_and_the_refusal_names_its_idea(make):
    gathering = make.gathering(state="RUNNING")
    type_slip(gathering, gathering.organiser, 12, TITLE, BODY)

    with pytest.raises(WrongState, match=f"12번은 이미.*제안 1번: ‘{TITLE}’"):
        type_slip(gathering, make.helper(gathering), 12, "다른 글", BODY)
    assert db.session.scalar(sa.select(sa.func.count(IdeaRoom.idea_id))) == 1


def test_two_people_who_copy_one_slip_at_once_make_one_idea(app, make):
    gathering = make.gathering(state="RUNNING")
    helper = make.helper(gathering)
    ids = gathering.id, gathering.organiser_id, helper.id
    model = type(helper), type(gathering)

    def act(account_id):
        def run():
            where = db.session.get_one(model[1], ids[0])
            type_slip(where, db.session.get_one(model[0], account_id), 5, TITLE, BODY)

        return run

    results = at_once(app, [act(ids[1]), act(ids[2])])

    assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState"]
    assert db.session.scalar(sa.select(sa.func.count(Idea.id))) == 1
    assert db.session.scalar(sa.select(sa.func.count(GatheringEntry.id))) == 1


@pytest.mark.parametrize("number", [None, 0, -1, 31])
def test_only_numbers_that_are_printed_are_copied(make, number):
    gathering = make.gathering(state="RUNNING", seats=10)

    with pytest.raises(InvalidInput) as refused:
        type_slip(gathering, gathering.organiser, number, TITLE, BODY)
    assert "slip_number" in refused.value.errors


def test_thirty_children_who_write_the_same_are_all_shown(make):
    gathering = make.gathering(state="RUNNING", seats=10)

    for number in range(1, 31):
        type_slip(gathering, gathering.organiser, number, TITLE, BODY)

    states = set(db.session.scalars(sa.select(Idea.state)))
    assert states == {IdeaState.OPEN}


def test_personal_data_on_a_slip_is_masked_and_kept_nowhere(make):
    gathering = make.gathering(state="RUNNING")

    placed = type_slip(gathering, gathering.organiser, 1, TITLE, "연락은 010-1234-5678로 해 주세요.")

    assert "1234" not in placed.idea.body
    assert db.session.scalar(sa.select(sa.func.count(IdeaOriginal.idea_id))) == 0


def test_a_resident_number_is_refused_and_leaves_nothing(make):
    gathering = make.gathering(state="RUNNING")

    with pytest.raises(InvalidInput) as refused:
        type_slip(gathering, gathering.organiser, 1, TITLE, "제 번호는 900101-1234568 입니다")
    assert list(refused.value.errors) == ["body"]


def test_who_does_not_help_copies_nothing(make):
    gathering, other = make.gathering(state="RUNNING"), make.gathering(state="RUNNING")

    for account in (make.citizen(), make.facilitator(), make.analyst(), make.admin(), make.helper(other)):
        with pytest.raises(Forbidden):
            type_slip(gathering, account, 1, TITLE, BODY)


@pytest.mark.parametrize("state", ["DRAFT", "PLANNED", "CANCELLED"])
def test_slips_are_copied_once_the_room_is_open(make, state):
    gathering = make.gathering(state=state)

    with pytest.raises(WrongState):
        type_slip(gathering, gathering.organiser, 1, TITLE, BODY)


def test_paper_ends_with_the_lists_and_when_a_higher_slice_says_so(make, monkeypatch):
    past = make.gathering(state="FINISHED", lists_until=clock.today())
    asked = make.gathering(state="FINISHED", lists_until=clock.today() + timedelta(days=9))
    assert why_no_paper(past)
    assert not why_no_paper(asked)

    monkeypatch.setattr(closing, "_sources", {})
    register_closing("test", lambda gathering: "이미 물었어요." if gathering.id == asked.id else "")
    with pytest.raises(WrongState, match="이미 물었어요"):
        type_slip(asked, asked.organiser, 1, TITLE, BODY)


def test_the_audit_has_hashes_and_no_words(make):
    gathering = make.gathering(state="RUNNING")

    type_slip(gathering, gathering.organiser, 4, TITLE, BODY)

    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "sheets.type_slip")).one()
    assert entry.after["slip"] == 4
    assert TITLE not in str(entry.after)


def test_a_correction_keeps_what_stood_before(make):
    gathering = make.gathering(state="RUNNING")
    idea = type_slip(gathering, gathering.organiser, 1, "급식애 채식", BODY).idea

    correct_slip(gathering, make.helper(gathering), 1, TITLE, BODY, idea.revision)

    revision = db.session.scalars(sa.select(IdeaRevision)).one()
    assert (idea.title, revision.title) == (TITLE, "급식애 채식")
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "sheets.correct_slip")).one()
    assert entry.before["words"] != entry.after["words"]


def test_a_correction_of_words_that_changed_meanwhile_is_refused(make):
    gathering = make.gathering(state="RUNNING")
    idea = type_slip(gathering, gathering.organiser, 1, TITLE, BODY).idea
    correct_slip(gathering, gathering.organiser, 1, "새 제목", BODY, 1)

    with pytest.raises(WrongState, match="다른 사람이"):
        correct_slip(gathering, make.helper(gathering), 1, "옛 제목", BODY, 1)
    assert idea.title == "새 제목"


def test_a_slip_that_people_voted_on_is_not_corrected(make):
    gathering = make.gathering(state="RUNNING")
    idea = type_slip(gathering, gathering.organiser, 1, TITLE, BODY).idea
    make.vote(idea, make.citizen())
    db.session.refresh(idea.tally)

    with pytest.raises(WrongState, match="투표한 사람"):
        correct_slip(gathering, gathering.organiser, 1, "새 제목", BODY, idea.revision)


def test_a_slip_that_its_writer_took_home_is_not_corrected(make):
    gathering = make.gathering(state="RUNNING")
    placed = type_slip(gathering, gathering.organiser, 1, TITLE, BODY)
    guest_pass = db.session.get_one(GatheringEntry, placed.entry_id).guest_pass
    guest_pass.code_hash, guest_pass.joined_at, guest_pass.joined_to_id = None, clock.now(), make.citizen().id
    db.session.flush()

    with pytest.raises(WrongState, match="자기 계정으로"):
        correct_slip(gathering, gathering.organiser, 1, "새 제목", BODY, placed.idea.revision)


def test_only_copied_slips_of_the_gathering_are_corrected(make):
    gathering = make.gathering(state="RUNNING")
    other = make.gathering(state="RUNNING", organiser=gathering.organiser)
    type_slip(other, gathering.organiser, 1, TITLE, BODY)

    with pytest.raises(NotFound):
        correct_slip(gathering, gathering.organiser, 1, TITLE, BODY, 1)


def test_who_takes_a_slip_home_is_not_checked_in_by_it(make):
    gathering = make.gathering(state="RUNNING")
    placed = type_slip(gathering, gathering.organiser, 1, TITLE, BODY)
    citizen = make.citizen()

    join_pass(pass_of_code(slip_code(gathering.id, 1)), citizen, citizen)

    assert placed.idea.author_id == citizen.participant.id
    with pytest.raises(Forbidden):
        vote_in_room(gathering, citizen, placed.idea_id, 1)
    assert people_of(gathering.id).n_admitted == 0
