from __future__ import annotations

import re
from typing import Any

from flask import Request

from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.voice.votes.batches import MAX_AGE_SECONDS, Refusal, Row
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


def parse_shown(request: Request) -> str:
    """Return the token of `shown.py` that a form or JSON carries beside the vote; empty if there is none."""
    body = _json_of(request) if request.is_json else request.form
    token = body.get("shown") if isinstance(body, dict) else None
    return token if isinstance(token, str) else ""


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


def parse_rows(request: Request) -> list[Row]:
    """Return the rows of a batch, each with what is wrong with it, as it was sent.

    JSON is {"votes": [{"idea": 1, "value": 1, "shown": "…", "first": true, "age": 12.5}, …]}; `shown` (a token of
    `shown.py`), `first` (the queue showed the idea first, with a notice) and `age` (how many seconds ago the vote was
    cast) may be left out. A form has fields `votes` ("1:agree") without them.

    :raise InvalidInput: there is no list of votes
    """
    if request.is_json:
        body = _json_of(request)
        found = body.get("votes") if isinstance(body, dict) else None
        rows = [_row_from_json(one) for one in found] if isinstance(found, list) else []
    else:
        rows = [_row_from_field(field) for field in request.form.getlist("votes")]
    if not rows:
        raise InvalidInput({"votes": _("투표가 없어요. 제안의 번호와 투표를 보내 주세요.")})
    return rows


def parse_keeper(request: Request) -> str:
    """Return for which account a device kept the votes (`kept.py`), from JSON's `account`; empty if it does not say."""
    body = _json_of(request) if request.is_json else {}
    account = body.get("account") if isinstance(body, dict) else None
    return "" if account is None else str(account)


def _row_from_json(body: Any) -> Row:
    idea_id = body.get("idea") if isinstance(body, dict) else None
    if not _is_id(idea_id):
        return Row(None, refusal=Refusal.IDEA)
    try:
        value = _from_json(body)
    except InvalidInput:
        return Row(idea_id, refusal=Refusal.VALUE)
    age, shown = body.get("age"), body.get("shown")
    if age is None:
        age = 0
    if type(age) not in (int, float) or age < 0:
        return Row(idea_id, refusal=Refusal.AGE)
    if age > MAX_AGE_SECONDS:
        return Row(idea_id, refusal=Refusal.TOO_OLD)
    return Row(idea_id, value, float(age), shown if isinstance(shown, str) else "", body.get("first") is True)


def _row_from_field(field: str) -> Row:
    found = re.fullmatch(r"([0-9]{1,10}):(.*)", field, re.DOTALL)
    if found is None or not _is_id(int(found[1])):
        return Row(None, refusal=Refusal.IDEA)
    if found[2] not in WORDS:
        return Row(int(found[1]), refusal=Refusal.VALUE)
    return Row(int(found[1]), WORDS[found[2]])


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
