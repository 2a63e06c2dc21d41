from __future__ import annotations

from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.extensions import db
from forum.response.referrals.promises import promise_words

KEPT, AHEAD, LATE = (True, -9), (False, 9), (False, -9)


@pytest.mark.parametrize(
    ("promised", "words"),
    [
        ([], ""),
        ([KEPT, KEPT], "약속한 2가지를 모두 지켰어요."),
        ([KEPT, AHEAD], "약속한 2가지 가운데 1가지를 끝냈어요. 나머지는 아직 날짜가 남았어요."),
        ([AHEAD], "약속한 1가지 가운데 아직 끝낸 것은 없어요. 약속한 날짜는 남아 있어요."),
        ([KEPT, LATE], "약속한 2가지 가운데 1가지를 끝냈고, 1가지는 날짜를 넘겼어요."),
    ],
)
def test_one_sentence_says_whether_the_promises_are_kept(make, promised, words):
    answer = make.answer()
    for is_closed, days in promised:
        due_on = clock.today() + timedelta(days=days)
        done = {"percent_done": 100, "is_closed": True, "finished_on": due_on} if is_closed else {}
        make.milestone(answer, due_on=due_on, **done)
    db.session.refresh(answer, ["milestones"])
    assert promise_words(answer) == words
