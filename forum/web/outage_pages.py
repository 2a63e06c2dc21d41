"""Words and headers of the 503 page: what is so, and whether what was sent is stored."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from forum.core.database_outages import DatabaseOutage
from forum.core.i18n import LazyString, _, _l

RETRY_AFTER_SECONDS = 5
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class OutageWords:
    """What the page says about an outage.

    :param may_be_stored: the connection broke, perhaps after the commit
    """

    title: LazyString
    message: LazyString
    may_be_stored: bool = False


WORDS = {
    DatabaseOutage.BUSY: OutageWords(
        _l("지금은 쓰는 사람이 많아요"),
        _l("앞선 일이 끝나기를 기다렸지만 제때 끝나지 않았어요."),
    ),
    DatabaseOutage.UNREACHABLE: OutageWords(
        _l("지금은 자료를 읽고 쓸 수 없어요"),
        _l("자료를 보관하는 컴퓨터와 연결이 끊겼어요. 다시 이어지면 그대로 쓸 수 있어요."),
        may_be_stored=True,
    ),
    DatabaseOutage.FULL: OutageWords(
        _l("지금은 새로 저장할 수 없어요"),
        _l("자료를 저장할 자리가 가득 찼어요. 운영자가 자리를 늘리면 다시 저장할 수 있어요."),
    ),
    DatabaseOutage.READ_ONLY: OutageWords(
        _l("지금은 읽기만 할 수 있어요"),
        _l("자료를 고칠 수 없게 잠가 두었어요. 잠금이 풀리면 다시 저장할 수 있어요."),
    ),
    DatabaseOutage.UNKNOWN: OutageWords(
        _l("지금은 하지 못했어요"),
        _l("자료를 읽거나 쓰다가 문제가 생겼어요."),
        may_be_stored=True,
    ),
}


def outage_advice(may_be_stored: bool) -> str:
    """Return what to do, and whether what was sent is stored."""
    if request.method in SAFE_METHODS:
        return _("몇 초 뒤 다시 열어 주세요.")
    if may_be_stored:
        return _("보낸 내용이 저장되었는지 확인하지 못했어요. 몇 초 뒤 다시 해 주세요.")
    return _("보낸 내용은 저장되지 않았어요. 몇 초 뒤 다시 해 주세요.")


def as_unavailable(response: Response, wait: int | None = None) -> Response:
    """Say after how many seconds to come back, and let no cache keep a page with somebody's text."""
    response.headers["Retry-After"] = str(wait or RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "private, no-store"
    return response
