"""DataCriteria to start with: the questions of the Five Safes, which data services use to decide on access.

Source: T. Desai, F. Ritchie, R. Welpton, "Five Safes: designing data access for research" (2016), UWE Economics Working
Paper 1601. The questions are ours, in plain words; analysts change and publish them.
"""

from __future__ import annotations

from collections.abc import Sequence

from forum.core.i18n import _
from forum.response.datarequests.models import DataCriterion


def usual_criteria() -> Sequence[DataCriterion]:
    """Return one question for each of the five, not stored."""
    rows = (
        (
            _("모두에게 도움이 되는 일에 쓰나요?"),
            _("정책, 연구, 배움처럼 쓰임이 분명하고, 한 회사의 벌이만을 위한 것이 아니에요."),
        ),
        (_("믿고 맡길 수 있는 사람이 다루나요?"), _("누가 몇 명이 다루는지 알 수 있고, 자료를 다룰 줄 알아요.")),
        (_("꼭 필요한 만큼만 쓰나요?"), _("이 자료가 아니면 답할 수 없고, 쓰는 기간이 길지 않아요.")),
        (_("자료를 안전하게 두나요?"), _("다른 사람이 볼 수 없는 곳에 두고, 끝나면 지워요.")),
        (_("결과에서 사람을 알아볼 수 없나요?"), _("5명보다 적은 값을 내지 않고, 사람을 찾으려 하지 않아요.")),
    )
    return [DataCriterion(position=at, question=asked, explanation=why) for at, (asked, why) in enumerate(rows)]
