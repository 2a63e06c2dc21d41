from __future__ import annotations

from datetime import timedelta

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.response.referrals.lists import LetterFilter, board, letters_to
from forum.response.referrals.models import AssignmentState


@pytest.fixture
def letters(make):
    """Four letters of one campaign to one ministry, by what became of them."""
    campaign, ministry, today = make.campaign(), make.ministry(), clock.today()

    def sent(**values):
        return make.referral(make.theme(campaign, state=ThemeState.APPROVED), ministry, **values)

    ago = clock.now() - timedelta(days=60)
    return {
        "answered": make.answer(sent()).referral,
        "later": sent(due_on=today + timedelta(days=20)),
        "soon": sent(due_on=today + timedelta(days=2)),
        "late": sent(sent_at=ago, due_on=today - timedelta(days=3)),
        "stopped": sent(sent_at=ago, due_on=today - timedelta(days=9)),
    }


def stop(referral) -> None:
    referral.lead.clock.stopped_on = clock.today()
    referral.lead.clock.stopped_until = clock.today() + timedelta(days=3)


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (LetterFilter.ALL, ["late", "stopped", "soon", "later", "answered"]),
        (LetterFilter.WAITING, ["stopped", "soon", "later"]),
        (LetterFilter.LATE, ["late"]),
        (LetterFilter.ANSWERED, ["answered"]),
    ],
)
def test_the_late_ones_come_first_and_a_stopped_clock_is_not_late(letters, which, expected):
    stop(letters["stopped"])
    names = {referral.id: name for name, referral in letters.items()}
    ministry_id = letters["late"].lead.ministry_id
    for found in (
        board(letters["late"].theme.campaign, which, 1, 20),
        letters_to(ministry_id, which, 1, 20),
    ):
        assert [names[one.id] for one in found.letters] == expected
        assert list(found.counts.values()) == [5, 3, 1, 1]


def test_letters_come_by_pages_and_a_page_beyond_the_last_is_the_last(letters):
    campaign = letters["late"].theme.campaign
    pages = [board(campaign, LetterFilter.ALL, page, 2) for page in (1, 2, 3, 99)]
    assert [len(found.letters) for found in pages] == [2, 2, 1, 1]
    assert [found.page for found in pages] == [1, 2, 3, 3]
    assert {found.last for found in pages} == {3}


def test_a_ministry_that_handed_a_letter_on_no_longer_keeps_it_waiting(make):
    from forum.response.referrals.services import acknowledge, transfer

    referral, there = make.referral(), make.ministry()
    first, officer = referral.lead.ministry_id, make.officer(referral.lead.ministry)
    acknowledge(referral, officer)
    transfer(referral, officer, there, "그 부처의 일이라 보냅니다")
    assert list(letters_to(first, LetterFilter.ALL, 1, 20).counts.values()) == [1, 0, 0, 0]
    assert list(letters_to(there.id, LetterFilter.ALL, 1, 20).counts.values()) == [1, 1, 0, 0]
    assert len(board(referral.theme.campaign, LetterFilter.ALL, 1, 20).letters) == 1


def test_what_is_re_examined_comes_behind_the_other_answered_letters(make):
    campaign = make.campaign()
    plain, again = (
        make.answer(make.referral(make.theme(campaign, state=ThemeState.APPROVED))).referral for _ in range(2)
    )
    again.lead.state = AssignmentState.REEXAMINING
    again.lead.clock.ended_on = again.lead.clock.outcome = None
    db.session.flush()
    found = board(campaign, LetterFilter.ANSWERED, 1, 20)
    assert list(found.letters) == [plain, again]
    assert list(found.counts.values()) == [2, 0, 0, 2]  # in no two tabs
    assert board(campaign, LetterFilter.ALL, 1, 20).letters[0] is again
