"""Read the actions that a phone sends, each with what is wrong with it as it stands."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, TypeGuard

from flask import Request

from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.deliberation.joint.actions import Action
from forum.deliberation.joint.models import ActionKind
from forum.voice.votes.batches import MAX_AGE_DAYS, MAX_AGE_SECONDS
from forum.voice.votes.models import AGREE, DISAGREE, PASS

_KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KINDS = {"idea": ActionKind.IDEA, "vote": ActionKind.VOTE}


def parse_actions(request: Request) -> tuple[int, list[Action]]:
    """Return for which person of the room they were kept, and the actions.

    JSON is {"entry": 5, "actions": [{"key": "…", "kind": "vote", "age": 12.5, "move": 3, "idea": 1, "value": 1},
    {"key": "…", "kind": "idea", "age": 0, "move": 3, "title": "…", "body": "…"}, …]}; `move` may be null.

    :raise InvalidInput: there is no such list
    """
    body: Any = None
    with suppress(RecursionError):  # thousands of brackets inside each other
        body = request.get_json(silent=True)
    members = body if isinstance(body, dict) else {}
    found, entry = members.get("actions"), members.get("entry")
    if not isinstance(found, list) or not _is_number(entry):
        raise InvalidInput({"actions": _("담아 둔 것의 목록이 없어요.")})
    return entry, [_action(one) for one in found]


def _action(body: Any) -> Action:
    body = body if isinstance(body, dict) else {}
    key, kind, age, move = body.get("key"), body.get("kind"), body.get("age"), body.get("move")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        return Action("", wrong=_("무엇인지 알 수 없는 것이에요."))
    if not isinstance(kind, str) or kind not in _KINDS:
        return Action(key, wrong=_("무엇인지 알 수 없는 것이에요."))
    if type(age) not in (int, float) or age < 0:
        return Action(key, _KINDS[kind], wrong=_("언제 한 것인지 알 수 없어요."))
    if age > MAX_AGE_SECONDS:
        return Action(key, _KINDS[kind], wrong=_("%(n)s일이 지나 받을 수 없어요.", n=MAX_AGE_DAYS))
    known = move if _is_number(move) else None
    if _KINDS[kind] is ActionKind.IDEA:
        title, text = body.get("title"), body.get("body")
        if not isinstance(title, str) or not isinstance(text, str):
            return Action(key, ActionKind.IDEA, wrong=_("제목과 내용을 함께 보내 주세요."))
        return Action(key, ActionKind.IDEA, float(age), known, title=title, body=text)
    idea_id, value = body.get("idea"), body.get("value")
    is_value = value is None or (type(value) is int and value in (AGREE, DISAGREE, PASS))
    if not _is_number(idea_id) or not is_value:
        return Action(key, wrong=_("찬성, 반대, 넘김 가운데 하나를 골라 주세요."))
    return Action(key, ActionKind.VOTE, float(age), known, idea_id=idea_id, value=value)


def _is_number(value: Any) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 2**31
