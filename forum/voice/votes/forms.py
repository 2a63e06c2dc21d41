from __future__ import annotations

import re
from typing import Any

from flask import Request

from forum.core.errors import InvalidInput
from forum.voice.votes.models import AGREE, DISAGREE, PASS
from forum.voice.votes.services import CHOOSE_ONE

WORDS: dict[str, int | None] = {"agree": AGREE, "disagree": DISAGREE, "pass": PASS, "clear": None}
ONE_VOTE_EACH = "제안마다 번호와 투표를 한 번씩만 보내 주세요."


def parse_vote(request: Request) -> int | None:
    """Return the vote in a form ("agree") or JSON ({"value": 1}); None clears the vote.

    :raise InvalidInput: anything else, also True, 1.9 and "1"
    """
    if request.is_json:
        return _from_json(_json_of(request))
    word = request.form.get("value", "")
    if word not in WORDS:
        raise InvalidInput({"value": CHOOSE_ONE})
    return WORDS[word]


def parse_votes(request: Request) -> dict[int, int | None]:
    """Return votes by idea id, from {"votes": [{"idea": 1, "value": 1}, …]} or a form's fields `votes` ("1:agree").

    :raise InvalidInput: anything else, or the same idea twice
    """
    pairs = _pairs_from_json(_json_of(request)) if request.is_json else _pairs_from_form(request)
    votes = dict(pairs)
    if len(votes) != len(pairs):
        raise InvalidInput({"votes": ONE_VOTE_EACH})
    return votes


def _pairs_from_json(body: Any) -> list[tuple[int, int | None]]:
    rows = body.get("votes") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and _is_id(row.get("idea")) for row in rows):
        raise InvalidInput({"votes": ONE_VOTE_EACH})
    return [(row["idea"], _from_json(row)) for row in rows]


def _pairs_from_form(request: Request) -> list[tuple[int, int | None]]:
    found = [re.fullmatch(r"([0-9]{1,10}):([a-z]+)", field) for field in request.form.getlist("votes")]
    if not all(one is not None and _is_id(int(one[1])) and one[2] in WORDS for one in found):
        raise InvalidInput({"votes": ONE_VOTE_EACH})
    return [(int(one[1]), WORDS[one[2]]) for one in found if one is not None]


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**31


def _json_of(request: Request) -> Any:
    try:
        return request.get_json(silent=True)
    except RecursionError as error:  # thousands of brackets inside each other
        raise InvalidInput({"value": CHOOSE_ONE}) from error


def _from_json(body: Any) -> int | None:
    if not isinstance(body, dict) or "value" not in body:
        raise InvalidInput({"value": CHOOSE_ONE})
    value = body["value"]
    if value is None or (type(value) is int and value in (AGREE, DISAGREE, PASS)):
        return value
    raise InvalidInput({"value": CHOOSE_ONE})
