from __future__ import annotations

import pytest

from forum.response.certificates.wording import wording_of
from forum.response.referrals.models import Decision
from forum.response.shortpath.models import ShortAnswerKind


def test_a_certificate_of_something_mended_does_not_speak_of_policy(make):
    answer = make.short_answer(ShortAnswerKind.FIXED_NOW)
    words = wording_of(answer.referral_id, Decision.ACCEPTED, "지워진 횡단보도")
    assert words.heading == "고쳐진 제안"
    assert "정책" not in words.heading + words.outcome + words.told


@pytest.mark.parametrize("decision", [Decision.ACCEPTED, Decision.PARTLY])
def test_a_certificate_of_any_other_letter_speaks_as_before(make, decision):
    answer = make.answer(decision=decision)
    assert "정책" in wording_of(answer.referral_id, decision, "햇빛 지붕").heading
