"""What a finding says, in sentences that a moderator can check."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from forum.core.i18n import _
from forum.core.korean import moment, thousands
from forum.voice.integrity.models import FindingKind, VoteFinding


def evidence_words(finding: VoteFinding) -> str:
    """Return what was measured, in one or two sentences."""
    return _WORDS[finding.kind](finding.measured)


def _burst(found: dict[str, Any]) -> str:
    return _(
        "계정 %(people)s개가 %(from)s부터 %(until)s까지 제안 하나에 같은 쪽으로 투표했어요. 이만한 동안 보통은 "
        "%(expected)s표가 와요. 이 가운데 계정 %(few)s개는 이 포럼에서 투표를 3개까지만 했어요.",
        expected=found["expected"],
        few=thousands(found["only_few"]),
        **_shared(found),
    )


def _same_pattern(found: dict[str, Any]) -> str:
    return _(
        "계정 %(people)s개가 제안 %(ideas)s건에 똑같이 투표했어요(%(from)s부터 %(until)s까지). 한 곳만 다르게 투표한 "
        "계정은 %(near)s개예요. 생각이 같은 사람들도 보통은 한두 곳을 다르게 투표해요.",
        near=thousands(found["near"]),
        **_shared(found),
    )


def _too_fast(found: dict[str, Any]) -> str:
    return _(
        "계정 %(people)s개가 저마다 제안 %(votes)s건에 잇달아 투표했는데, 가운데 값으로 %(took)s초가 걸렸어요. 그 글을 "
        "빠르게 훑어도 %(takes)s초는 걸려요(%(from)s부터 %(until)s까지).",
        votes=found["votes"],
        took=found["took"],
        takes=found["takes"],
        **_shared(found),
    )


def _same_hour(found: dict[str, Any]) -> str:
    return _(
        "계정 %(people)s개가 %(from)s부터 %(until)s까지 만들어졌고, 제안 %(ideas)s건에 다른 사람들보다 훨씬 비슷하게 "
        "투표했어요(비슷한 정도 %(likeness)s, %(least)s부터 알려 드려요).",
        likeness=found["likeness"],
        least=found["least"],
        **_shared(found),
    )


def _shared(found: dict[str, Any]) -> dict[str, str]:
    return {
        "people": thousands(found["people"]),
        "ideas": thousands(len(found.get("ideas", ()))),
        "from": moment(datetime.fromtimestamp(found["from"], UTC)),
        "until": moment(datetime.fromtimestamp(found["until"], UTC)),
    }


_WORDS = {
    FindingKind.BURST: _burst,
    FindingKind.SAME_PATTERN: _same_pattern,
    FindingKind.TOO_FAST: _too_fast,
    FindingKind.SAME_HOUR: _same_hour,
}
