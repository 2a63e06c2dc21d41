"""The shipped texts, the facts that fill their placeholders, and the few marks they are written with.

A text is plain: `## heading`, `### heading`, lines that begin with `- `, paragraphs, and `[words](/path)` links.
Nothing else is a mark, and what is written is escaped, so a text cannot carry HTML. `{{NAME}}` stands for a fact of the
settings; a particle marker may follow it: `{{OPERATOR_NAME}}{은}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from forum.core.i18n import _, _l
from forum.core.korean import PARTICLES, particle_after
from forum.core.reference import DATA_DIR
from forum.people.policies.models import PolicyKind

FIGURES = (
    "DRAFT_DAYS",
    "GATHERING_LIST_DAYS",
    "FINDING_PEOPLE_DAYS",
    "CARRIED_MINUTES",
    "IDEMPOTENCY_HOURS",
    "SIGNIN_ATTEMPT_HOURS",
    "KNOWN_DEVICE_DAYS",
    "GUARDIAN_ASK_DAYS",
    "GUEST_PASS_DAYS",
    "CONSENT_WAIT_DAYS",
    "REVOKED_CONSENT_DAYS",
    "PASSWORD_MIN_CHARS",
    "REPORTS_PER_DAY",
)
NAMES = (
    "OPERATOR_NAME",
    "OPERATOR_ADDRESS",
    "OPERATOR_PHONE",
    "OPERATOR_EMAIL",
    "PRIVACY_OFFICER",
    "PRIVACY_OFFICER_CONTACT",
)
LICENCE_SENTENCES = {
    "CC-BY-4.0": _l(
        "올린 제안과 댓글은 ‘크리에이티브 커먼즈 저작자표시 4.0(CC BY 4.0)’으로 공개됩니다. "
        "누구나 글쓴이의 별명과 출처를 밝히면 쓸 수 있습니다."
    ),
    "KOGL-1": _l(
        "올린 제안과 댓글은 ‘공공누리 제1유형(출처표시)’의 조건으로 쓸 수 있게 허락하는 것입니다. "
        "누구나 출처를 밝히면 쓸 수 있습니다."
    ),
}
PROPOSAL_SENTENCES = {
    "apart": _l(
        "여기에 올린 제안은 「국민 제안 규정」에 따라 접수하는 국민제안이 아닙니다. "
        "법에 정해진 답변을 받고 싶으면 국민신문고에 따로 내 주세요."
    ),
    "official": _l("여기에 올린 제안 가운데 부처에 전달한 것은 「국민 제안 규정」의 국민제안으로 다룹니다."),
}
CHILDREN_SENTENCES = {
    True: _l(
        "만 14세 미만은 보호자(법정대리인)가 동의해야 참여할 수 있습니다. "
        "가입한 뒤 ‘내 정보’에서 보호자에게 부탁합니다."
    ),
    False: _l("만 14세 미만은 아직 가입할 수 없습니다. 보호자를 확인하는 방법이 준비되지 않았기 때문입니다."),
}
PLACEHOLDERS = frozenset({*FIGURES, *NAMES, "LICENCE", "PROPOSAL_RULE", "CHILDREN"})

_PLACEHOLDER = re.compile(r"\{\{([A-Z_]*)\}\}(?:\{(" + "|".join(sorted(PARTICLES, key=len, reverse=True)) + r")\})?")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(((?:https://|/(?!/))[^()\s\\]*)\)")


class Piece(NamedTuple):
    """Words of a line; a link if it has a target."""

    words: str
    target: str = ""


class Block(NamedTuple):
    """A heading (h2, h3), a paragraph (p) or a list (ul), with its lines."""

    tag: str
    lines: list[list[Piece]]


class Shipped(NamedTuple):
    title: str
    text: str


@cache
def shipped(kind: PolicyKind) -> Shipped:
    """Return the text that the program brings."""
    first, _newline, rest = (DATA_DIR / "policies" / f"{kind.slug}.md").read_text(encoding="utf-8").partition("\n")
    return Shipped(first.removeprefix("# ").strip(), rest.strip())


def unknown_placeholders(text: str) -> list[str]:
    """Return the names in `{{…}}` that stand for nothing."""
    return sorted({match[1] for match in _PLACEHOLDER.finditer(text)} - PLACEHOLDERS)


def filled(text: str, settings: Mapping[str, Any]) -> str:
    """Return the text with the operator's facts in place of the placeholders."""

    def fact(match: re.Match[str]) -> str:
        value = _fact(match[1], settings)
        return value + (particle_after(value, match[2]) if match[2] else "")

    return _PLACEHOLDER.sub(fact, text)


def blocks(text: str) -> list[Block]:
    """Return the text's headings, paragraphs and lists."""
    found: list[Block] = []
    for chunk in re.split(r"\n\s*\n", text.strip()):
        open_tag = ""  # an empty line ends a list and a paragraph
        for line in filter(None, map(str.strip, chunk.split("\n"))):
            tag, words = _tag_of(line)
            if tag == open_tag and tag in {"ul", "p"}:
                found[-1].lines.append(_pieces(words))
            else:
                found.append(Block(tag, [_pieces(words)]))
            open_tag = tag
    return found


def _tag_of(line: str) -> tuple[str, str]:
    for mark, tag in (("### ", "h3"), ("## ", "h2"), ("- ", "ul")):
        if line.startswith(mark):
            return tag, line.removeprefix(mark)
    return "p", line


def _pieces(line: str) -> list[Piece]:
    pieces, at = [], 0
    for match in _LINK.finditer(line):
        pieces += [Piece(line[at : match.start()]), Piece(match[1], match[2])]
        at = match.end()
    return [piece for piece in [*pieces, Piece(line[at:])] if piece.words]


def _fact(name: str, settings: Mapping[str, Any]) -> str:
    match name:
        case "LICENCE":
            return str(LICENCE_SENTENCES[settings["CONTRIBUTION_LICENCE"]])
        case "PROPOSAL_RULE":
            return str(PROPOSAL_SENTENCES[settings["PEOPLES_PROPOSAL_RULE"]])
        case "CHILDREN":
            return str(CHILDREN_SENTENCES[bool(settings["GUARDIAN_VERIFIER"])])
    return str(settings[name]) or _("없음")
