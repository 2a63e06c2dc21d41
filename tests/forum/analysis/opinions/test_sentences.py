from __future__ import annotations

import re

import numpy as np
import pytest

from forum.analysis.opinions.sentences import difference_words
from nlp.opinion.apart import FALSE_DISCOVERIES, Difference, differences


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            Difference(0, 3, True, 51 / 63, 71 / 210, 63, 210, 0.001),
            "가 갈래는 ‘텀블러 할인’에 투표한 63명 가운데 51명(81%)이 찬성했어요."
            " 다른 갈래에서는 210명 가운데 71명(34%)만 찬성했어요.",
        ),
        (
            Difference(1, 3, False, 0.1, 0.75, 20, 1200, 0.001),
            "나 갈래는 ‘텀블러 할인’에 투표한 20명 가운데 2명(10%)만 찬성했어요."
            " 다른 갈래에서는 1,200명 가운데 900명(75%)이 찬성했어요.",
        ),
        (
            Difference(2, 3, False, 0.0, 1.0, 20, 40, 0.001),
            "다 갈래는 ‘텀블러 할인’에 투표한 20명 가운데 아무도 찬성하지 않았어요(0%)."
            " 다른 갈래에서는 40명이 모두 찬성했어요(100%).",
        ),
        (
            Difference(2, 3, True, 1.0, 0.0, 20, 40, 0.001),
            "다 갈래는 ‘텀블러 할인’에 투표한 20명이 모두 찬성했어요(100%)."
            " 다른 갈래에서는 40명 가운데 아무도 찬성하지 않았어요(0%).",
        ),
    ],
)
def test_a_finding_says_counts_and_shares_of_the_group_and_of_the_others(found, expected):
    assert difference_words(found, "텀블러 할인") == expected


def test_a_share_is_neither_rounded_to_none_nor_to_all():
    found = Difference(0, 3, False, 1 / 250, 249 / 250, 250, 250, 0.001)
    words = difference_words(found, "텀블러 할인")
    assert "250명 가운데 1명(1% 미만)만" in words
    assert "250명 가운데 249명(99%)이" in words


def test_a_title_is_text_and_no_message():
    found = Difference(0, 3, True, 0.8, 0.2, 10, 10, 0.001)
    assert "‘100%(share)s{을} <script>’에" in difference_words(found, "100%(share)s{을} <script>")


def test_only_what_passes_the_control_of_false_discoveries_becomes_a_sentence():
    """Two groups that differ on ideas 0 to 9; on the other 30 everybody tosses the same coin."""
    rng = np.random.default_rng(4)
    groups = np.arange(200) % 2
    votes = rng.choice([1.0, -1.0], (200, 40))
    agrees = rng.random((200, 10)) < np.where(groups == 0, 0.9, 0.3)[:, None]
    votes[:, :10] = np.where(agrees, 1.0, -1.0)
    found = differences(votes, groups)
    assert all(one.p_adjusted <= FALSE_DISCOVERIES for one in found)
    assert set(range(10)) <= {one.idea for one in found}
    assert len({one.idea for one in found} - set(range(10))) <= 1
    for one in found:
        told = re.findall(r"(\d+)명 가운데 (\d+)명", difference_words(one, "제안"))
        of_both = [votes[(groups == one.group) == is_own, one.idea] for is_own in (True, False)]
        assert told == [(str(len(part)), str((part > 0).sum())) for part in of_both]
