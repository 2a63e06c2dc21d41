from __future__ import annotations

from typing import Any

from flask import Request

from forum.errors import InvalidInput
from forum.votes.models import AGREE, DISAGREE, PASS

WORDS: dict[str, int | None] = {"agree": AGREE, "disagree": DISAGREE, "pass": PASS, "clear": None}
ASK = "찬성, 반대, 넘김 가운데 하나를 골라 주세요."


def asked_vote(request: Request) -> int | None:
    """The vote a form ("agree") or JSON ({"value": 1}) asks for; None is a clearing.

    :raise InvalidInput: anything else; True, 1.9 and "1" are no votes either
    """
    if request.is_json:
        try:
            return _from_json(request.get_json(silent=True))
        except RecursionError as error:  # thousands of brackets inside each other
            raise InvalidInput({"value": ASK}) from error
    word = request.form.get("value", "")
    if word not in WORDS:
        raise InvalidInput({"value": ASK})
    return WORDS[word]


def _from_json(body: Any) -> int | None:
    if not isinstance(body, dict) or "value" not in body:
        raise InvalidInput({"value": ASK})
    value = body["value"]
    if value is None or (type(value) is int and value in (AGREE, DISAGREE, PASS)):
        return value
    raise InvalidInput({"value": ASK})
