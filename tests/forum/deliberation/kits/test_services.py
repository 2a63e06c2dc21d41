from __future__ import annotations

import io

import pypdf
import pytest
import zxingcpp

from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.links import address_of
from forum.deliberation.gatherings.states import mark_finished
from forum.deliberation.kits.content import Copies, agenda_item, kit_content
from forum.deliberation.kits.services import MOST_AT_ONCE, kit_pdf
from forum.deliberation.rooms.codes import spaced_join_code
from forum.deliberation.rooms.models import RoomTally
from forum.deliberation.sheets.counting import Marks, count_sheets
from forum.deliberation.sheets.slips import slip_code
from forum.people.passes.codes import spaced
from forum.publication.digests.checks.pdf import pdf_pages, pdf_problems
from tests.factories import SCRIPT
from tests.forum.deliberation.kits.photograph import photograph

FEW = Copies(first_slip=1, n_slips=5, n_sheets=3)
HOSTILE = f"모임 {SCRIPT} #let x = 1 \\ $x$ *별* @ref 🙂"


def texts_of(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    return "".join(text.split())


def codes_in(picture) -> set[str]:
    return {found.text for found in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)}


@pytest.fixture
def gathering(make):
    made = make.gathering(
        state="RUNNING",
        title=HOSTILE,
        address="서울 마포구 월드컵로 212",
        access_notes="경사로와 승강기가 있어요.",
        agenda="10분 여는 말\n30분 모둠 이야기\n투표",
    )
    make.room_idea(made, title=f"급식에 채식의 날 {SCRIPT}")
    make.room_idea(made, title="가" * 100)
    return made


def test_the_kit_is_accessible_and_holds_everything(gathering):
    pdf = kit_pdf(gathering, gathering.organiser, FEW)

    assert list(pdf_problems(pdf)) == []
    # invitation; rules and agenda; slips, 4 a page; vote sheets, 2 a page; a page for each who counts
    assert pdf_pages(pdf) == 1 + 1 + 2 + 2 + 2
    pages = texts_of(pdf)
    invitation, rules, slips, last_slip, sheets, _rest, counting, second = pages
    code = gathering.join_code
    for words in ("경사로와 승강기가 있어요.", "월드컵로 212", spaced_join_code(code), address_of("/join")[7:]):
        assert squeezed(words) in invitation
    assert squeezed("서로 존댓말로, 한 사람씩") in rules
    assert squeezed("10분 여는 말") in rules
    assert squeezed("모두 40분") in rules
    for number in range(1, 5):
        assert f"쪽지{number}번" in slips
        assert spaced(slip_code(gathering.id, number)) in slips
    assert squeezed("만 14세 미만도 쓸 수 있어요") in slips
    assert spaced(slip_code(gathering.id, 5)) in last_slip
    assert sheets.count(squeezed("급식에 채식의 날")) == 2
    assert sheets.count("○") == 2 * (20 * 3) + 2  # and once in the words
    assert squeezed("세는 사람 첫 번째") in counting
    assert squeezed("세는 사람 두 번째") in second


def test_a_photographed_kit_leads_to_the_room_and_to_each_slips_pass(gathering):
    pdf = kit_pdf(gathering, gathering.organiser, FEW)

    assert codes_in(photograph(pdf, 0)) == {address_of(f"/join/{gathering.join_code}")}
    links = {address_of(f"/pass/open?code={slip_code(gathering.id, number)}") for number in range(1, 5)}
    assert codes_in(photograph(pdf, 2)) == links
    assert codes_in(photograph(pdf, 4)) == set()


def test_the_same_kit_is_printed_again(gathering):
    first, second = (kit_content(gathering, FEW)["slips"] for _n in range(2))

    assert first == second
    assert len({slip["code"] for slip in first}) == 5


def test_further_slips_go_on_with_their_numbers(gathering):
    slips = kit_content(gathering, Copies(first_slip=11, n_slips=2, n_sheets=0))["slips"]

    assert [slip["number"] for slip in slips] == [11, 12]


def test_a_table_of_more_ideas_than_rows_goes_on_another_sheet(make):
    gathering = make.gathering(state="RUNNING")
    for number in range(1, 22):
        make.room_idea(gathering, title=f"제안 {number}째")

    parts = kit_content(gathering, FEW)["sheet_parts"]

    assert [len(part) for part in parts] == [20, 20]
    assert parts[1][:2] == [["21", "제안 21째"], ["22", ""]]


def test_a_sample_says_so_on_each_page(make):
    gathering = make.gathering(campaign=make.campaign(is_sample=True))

    pages = texts_of(kit_pdf(gathering, gathering.organiser, Copies(1, 1, 1)))

    assert all("예시" in page for page in pages)
    assert not any("예시" in page for page in texts_of(_real(make)))


def test_a_copied_gathering_tells_what_the_earlier_one_came_to(make):
    earlier = make.gathering(state="RUNNING", title="앞선 마을 모임")
    ideas = [make.room_idea(earlier, title=title) for title in ("모두 찬성한 글", "갈린 글")]
    for value in (1, -1):
        entry = make.entry(earlier)
        make.vote(ideas[0], entry.guest_pass, value=1)
        make.vote(ideas[1], entry.guest_pass, value=value)
    for account in (earlier.organiser, make.helper(earlier)):
        count_sheets(earlier, account, 3, {idea.id: Marks(2, 1, 0) for idea in ideas}, 0)
    copy = make.gathering(copied_from_id=earlier.id)
    assert kit_content(copy, FEW)["earlier"] is None  # it is still running

    _finish(make, earlier, ideas)
    told = kit_content(copy, FEW)["earlier"]

    assert told["title"] == "앞선 마을 모임"
    assert ["종이 투표지", "3장"] in told["figures"]
    assert [title for title, _counts in told["agreed"]] == ["모두 찬성한 글"]
    assert [title for title, _counts in told["divided"]] == ["갈린 글"]
    pages = texts_of(kit_pdf(copy, copy.organiser, Copies(1, 0, 0)))
    assert squeezed("앞선 모임에서는") in pages[2]
    earlier.is_hidden = True
    assert kit_content(copy, FEW)["earlier"] is None


@pytest.mark.parametrize(
    "copies", [Copies(0, 1, 1), Copies(1, 31, 1), Copies(30, 2, 1), Copies(1, 1, MOST_AT_ONCE + 1)]
)
def test_no_more_is_printed_than_there_can_be(make, copies):
    gathering = make.gathering(seats=10)

    with pytest.raises(InvalidInput):
        kit_pdf(gathering, gathering.organiser, copies)


@pytest.mark.parametrize("state", ["DRAFT", "FINISHED", "CANCELLED"])
def test_only_a_gathering_to_come_or_under_way_has_a_kit(make, state):
    gathering = make.gathering(state=state)

    with pytest.raises(WrongState):
        kit_pdf(gathering, gathering.organiser, FEW)


def test_who_does_not_help_gets_no_kit(make):
    gathering = make.gathering()

    for account in (make.citizen(), make.facilitator(), make.analyst(), make.admin()):
        with pytest.raises(Forbidden):
            kit_pdf(gathering, account, FEW)


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("10분 여는 말", (10, "여는 말")),
        ("10 분: 여는 말", (10, "여는 말")),
        ("여는 말 10분", (None, "여는 말 10분")),
        ("10분만 쉬어요", (None, "10분만 쉬어요")),
        ("１０분 여는 말", (None, "１０분 여는 말")),
    ],
)
def test_an_item_of_the_agenda_may_begin_with_its_minutes(line, item):
    assert agenda_item(line) == item


def _real(make) -> bytes:
    gathering = make.gathering()
    return kit_pdf(gathering, gathering.organiser, Copies(1, 1, 1))


def _finish(make, gathering, ideas) -> None:
    mark_finished(gathering, gathering.organiser, n_present=5, last_event_id=0)
    for idea, counts in zip(ideas, ((2, 0), (1, 1)), strict=True):
        tally = {"agree": counts[0], "disagree": counts[1], "pass_": 0}
        make._add(RoomTally(gathering_id=gathering.id, idea_id=idea.id, **tally))
