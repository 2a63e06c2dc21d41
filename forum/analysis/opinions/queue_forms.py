from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.voice.votes.models import AGREE, DISAGREE, PASS
from forum.voice.votes.services import CHOOSE_ONE

WORDS = {"agree": AGREE, "pass": PASS, "disagree": DISAGREE}


@dataclass(frozen=True)
class SentVote:
    """A vote as the queue's form sends it.

    :param value: 1 찬성, 0 넘김, −1 반대
    :param shown: the token of `voice.votes.shown`; empty where no draw showed the idea
    :param is_first: the page showed the idea as one that comes first
    """

    idea_id: int
    value: int
    shown: str
    is_first: bool


def parse_answer(form: Mapping[str, str]) -> SentVote:
    """Return the vote in a form: `idea`, `value` ("agree") and perhaps `shown`.

    :raise InvalidInput: no idea's number, or another value
    """
    value = form.get("value", "")
    if value not in WORDS:
        raise InvalidInput({"value": CHOOSE_ONE})
    return SentVote(parse_idea_id(form), WORDS[value], form.get("shown", ""), form.get("first") == "1")


def parse_idea_id(form: Mapping[str, str]) -> int:
    """Return the number of the idea that a form is about.

    :raise InvalidInput: there is none
    """
    idea_id = read_idea_id(form.get("idea", ""))
    if idea_id is None:
        raise InvalidInput({"idea": _("어느 제안인지 알 수 없어요. 화면을 다시 열어 주세요.")})
    return idea_id


def read_idea_id(text: str) -> int | None:
    """Return the number of an idea; None if it is none that the database can hold."""
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,9}", text, re.ASCII) and int(text) < 2**31 else None
