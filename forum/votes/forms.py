from __future__ import annotations

from typing import Any

from flask import Request

from forum.errors import InvalidInput
from forum.votes.models import AGREE, DISAGREE, PASS
from forum.votes.services import ASK

WORDS: dict[str, int | None] = {"agree": AGREE, "disagree": DISAGREE, "pass": PASS, "clear": None}
ASK_MANY = '{"votes": [{"idea": 1, "value": 1}, …]} 꼴로, 제안마다 한 번씩만 보내 주세요.'


def asked_vote(request: Request) -> int | None:
    """The vote a form ("agree") or JSON ({"value": 1}) asks for; None is a clearing.

    :raise InvalidInput: anything else; True, 1.9 and "1" are no votes either
    """
    if request.is_json:
        return _from_json(_json_of(request))
    word = request.form.get("value", "")
    if word not in WORDS:
        raise InvalidInput({"value": ASK})
    return WORDS[word]


def asked_votes(request: Request) -> dict[int, int | None]:
    """The votes that {"votes": [{"idea": 1, "value": 1}, …]} asks for, by idea id.

    :raise InvalidInput: anything else, or an idea that stands there twice
    """
    body = _json_of(request)
    rows = body.get("votes") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise InvalidInput({"votes": ASK_MANY})
    ballots: dict[int, int | None] = {}
    for row in rows:
        idea_id = row.get("idea") if isinstance(row, dict) else None
        if type(idea_id) is not int or not 0 < idea_id < 2**31 or idea_id in ballots:
            raise InvalidInput({"votes": ASK_MANY})
        ballots[idea_id] = _from_json(row)
    return ballots


def _json_of(request: Request) -> Any:
    try:
        return request.get_json(silent=True)
    except RecursionError as error:  # thousands of brackets inside each other
        raise InvalidInput({"value": ASK}) from error


def _from_json(body: Any) -> int | None:
    if not isinstance(body, dict) or "value" not in body:
        raise InvalidInput({"value": ASK})
    value = body["value"]
    if value is None or (type(value) is int and value in (AGREE, DISAGREE, PASS)):
        return value
    raise InvalidInput({"value": ASK})
