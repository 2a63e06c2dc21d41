from __future__ import annotations

import pytest

from forum.deliberation.gatherings.states import mark_finished
from forum.deliberation.sheets.counting import Marks, count_sheets
from forum.deliberation.sheets.queries import count_of, get_result, slip_numbers
from forum.deliberation.sheets.services import type_slip
from tests.factories import SCRIPT

SLIP = {"title": "급식에 채식의 날을 늘려요", "body": f"한 달에 두 번이면 좋겠어요. {SCRIPT}"}


@pytest.fixture
def gathering(make):
    return make.gathering(state="RUNNING")


def fields_of(ideas, *marks, n_sheets="3", seen="0"):
    """A count as the page sends it."""
    fields = {"n_sheets": n_sheets, "seen_revision": seen}
    for at, (idea, numbers) in enumerate(zip(ideas, marks, strict=True)):
        fields[f"rows-{at}-idea_id"] = str(idea.id)
        fields |= dict(zip((f"rows-{at}-{name}" for name in ("agree", "passed", "disagree")), numbers, strict=True))
    return fields


def test_slips_are_copied_one_after_another(client, make, gathering):
    client.login(make.helper(gathering))
    path = f"/gatherings/{gathering.id}/slips"
    for number in ("4", "5"):
        answer = client.post(path, data=SLIP | {"slip_number": number, "title": f"{number}번째 글"})
        assert (answer.status_code, answer.location) == (303, f"{path}?after={number}")

    page = client.get(f"{path}?after=5").text

    assert "옮겨 적은 쪽지 2장" in page
    assert 'value="6"' in page
    assert page.index("5번째 글") < page.index("4번째 글")
    assert SCRIPT not in page
    number_field = page[page.index('id="slip_number"') - 300 : page.index('id="slip_number"') + 300]
    assert "autofocus" in number_field


def test_the_next_number_is_one_that_nobody_has_copied(client, make, gathering):
    client.login(gathering.organiser)
    for number in (1, 2, 4):
        type_slip(gathering, gathering.organiser, number, f"{number}번째 글", "글")

    assert 'value="3"' in client.get(f"/gatherings/{gathering.id}/slips?after=1").text
    assert 'value="5"' in client.get(f"/gatherings/{gathering.id}/slips").text


def test_a_slip_that_somebody_copied_first_is_shown_and_nothing_typed_is_lost(client, make, gathering):
    type_slip(gathering, gathering.organiser, 7, "먼저 적은 글", "먼저 적은 내용")
    client.login(make.helper(gathering))

    answer = client.post(f"/gatherings/{gathering.id}/slips", data=SLIP | {"slip_number": "7"})

    assert answer.status_code == 409
    assert "먼저 적은 내용" in answer.text
    assert SLIP["title"] in answer.text
    assert slip_numbers(gathering.id) == [7]


def test_a_refused_slip_keeps_its_words(client, make, gathering):
    client.login(make.helper(gathering))

    answer = client.post(
        f"/gatherings/{gathering.id}/slips", data={"slip_number": "1", "title": "제목", "body": "900101-1234568"}
    )

    assert answer.status_code == 400
    assert "주민등록번호" in answer.text
    assert 'value="제목"' in answer.text


def test_a_slip_sent_twice_with_one_key_is_copied_once(client, make, gathering):
    client.login(make.helper(gathering))
    fields = SLIP | {"slip_number": "1", "idempotency_key": "k" * 32}

    first, second = (client.post(f"/gatherings/{gathering.id}/slips", data=fields) for _n in range(2))

    assert (first.status_code, second.status_code) == (303, 303)
    assert slip_numbers(gathering.id) == [1]


def test_a_whole_room_of_slips_stays_under_the_limits(client, make):
    gathering = make.gathering(state="RUNNING", seats=40)
    client.login(make.helper(gathering))
    for number in range(1, 101):
        fields = {"slip_number": str(number), "title": f"{number}번째 글이에요", "body": "내용"}
        assert client.post(f"/gatherings/{gathering.id}/slips", data=fields).status_code == 303
    assert len(slip_numbers(gathering.id)) == 100


def test_a_slip_is_corrected(client, make, gathering):
    type_slip(gathering, gathering.organiser, 7, "급식애", "내용")
    client.login(make.helper(gathering))
    path = f"/gatherings/{gathering.id}/slips/7"
    assert 'value="급식애"' in client.get(path).text

    answer = client.post(path, data={"title": "급식에", "body": "내용", "seen_revision": "1"})
    assert answer.status_code == 303
    late = client.post(path, data={"title": "급식은", "body": "내용", "seen_revision": "1"})

    assert late.status_code == 409
    assert "지금은 이렇게 적혀 있어요" in late.text
    assert 'value="급식은"' in late.text
    assert 'name="seen_revision" value="2"' in late.text


def test_closed_paper_says_so_and_has_no_form(client, make):
    planned = make.gathering()
    make.room_idea(planned)
    client.login(planned.organiser)

    for page in ("slips", "sheets"):
        text = client.get(f"/gatherings/{planned.id}/{page}").text
        assert "모임을 시작하면" in text
        assert 'name="slip_number"' not in text
        assert 'name="n_sheets"' not in text


def test_two_people_count_and_neither_sees_the_others_numbers(client, new_client, make, gathering):
    ideas = [make.room_idea(gathering), make.room_idea(gathering)]
    helper, path = make.helper(gathering), f"/gatherings/{gathering.id}/sheets"
    other = new_client()
    client.login(gathering.organiser)
    other.login(helper)

    assert client.post(path, data=fields_of(ideas, ("8", "", "1"), ("", "7", ""), n_sheets="9")).status_code == 303
    assert 'type="number" value="8"' in client.get(path).text
    blank = other.get(path).text
    assert 'type="number" value=""' in blank
    for n in (7, 8, 9):
        assert f'type="number" value="{n}"' not in blank

    other.post(path, data=fields_of(ideas, ("8", "", "1"), ("", "6", ""), n_sheets="9"))
    for browser in (client, other):
        text = browser.get(path).text
        assert "두 사람이 센 수가 달라요" in text
        assert "다른 제안: 2번." in text
    client.post(path, data=fields_of(ideas, ("8", "", "1"), ("", "7", ""), n_sheets="9", seen="1"))
    other.post(path, data=fields_of(ideas, ("8", "", "1"), ("", "7", ""), n_sheets="9", seen="1"))

    assert get_result(gathering.id).n_sheets == 9
    assert "센 수가 같아서 정해졌어요" in client.get(path).text


def test_refused_numbers_stay_at_their_fields(client, make, gathering):
    ideas = [make.room_idea(gathering)]
    client.login(gathering.organiser)

    answer = client.post(f"/gatherings/{gathering.id}/sheets", data=fields_of(ideas, ("2", "1", "1")))

    assert answer.status_code == 400
    assert "세 수를 더하면 4장이에요" in answer.text
    assert 'href="#rows-0-agree"' in answer.text
    assert count_of(gathering.id, gathering.organiser_id) is None


def test_a_grown_table_keeps_what_was_typed_and_shows_the_new_row(client, make, gathering):
    ideas = [make.room_idea(gathering)]
    client.login(gathering.organiser)
    new = make.room_idea(gathering)

    answer = client.post(f"/gatherings/{gathering.id}/sheets", data=fields_of(ideas, ("2", "1", "")))

    assert answer.status_code == 409
    assert 'value="2"' in answer.text
    assert f'name="rows-1-idea_id" value="{new.id}"' in answer.text


@pytest.mark.parametrize("bad", ["１", "x", "1e3", "99999999999"])
def test_odd_numbers_are_refused(client, make, gathering, bad):
    ideas = [make.room_idea(gathering)]
    client.login(gathering.organiser)

    answer = client.post(f"/gatherings/{gathering.id}/sheets", data=fields_of(ideas, (bad, "", "")))

    assert answer.status_code == 400


def test_the_organiser_has_sheets_counted_again(client, make, gathering):
    accept(gathering, make.helper(gathering), [make.room_idea(gathering)])
    client.login(gathering.organiser)
    page = client.get(f"/gatherings/{gathering.id}/sheets").text
    seen = page.split('name="seen" value="')[1].split('"')[0].replace("&#43;", "+")

    no_reason = client.post(f"/gatherings/{gathering.id}/sheets/reopen", data={"seen": seen})
    assert no_reason.status_code == 400
    answer = client.post(f"/gatherings/{gathering.id}/sheets/reopen", data={"seen": seen, "reason": "MISCOUNTED"})

    assert answer.status_code == 303
    assert get_result(gathering.id) is None


def test_the_public_page_shows_paper_beside_the_votes_once_it_is_over(client, make):
    gathering = make.gathering(state="RUNNING")
    idea = make.room_idea(gathering)
    accept(gathering, make.helper(gathering), [idea])
    assert "종이로 투표한 결과" not in client.get(f"/gatherings/{gathering.id}").text
    mark_finished(gathering, gathering.organiser, n_present=5, last_event_id=0)

    page = client.get(f"/gatherings/{gathering.id}").text

    assert "종이로 투표한 결과" in page
    assert "찬성 2 · 넘김 0 · 반대 1" in page
    assert SCRIPT not in page


def accept(gathering, helper, ideas):
    for account in (gathering.organiser, helper):
        count_sheets(gathering, account, 3, dict.fromkeys([idea.id for idea in ideas], Marks(2, 1, 0)), 0)
