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
        _l("지금은 처리할 일이 밀려 있습니다"),
        _l("앞선 일이 끝나기를 기다렸지만 제때 끝나지 않았습니다."),
    ),
    DatabaseOutage.UNREACHABLE: OutageWords(
        _l("지금은 자료를 읽고 쓸 수 없습니다"),
        _l("자료를 보관하는 서버와 연결되지 않습니다. 다시 연결되면 그대로 이용할 수 있습니다."),
        may_be_stored=True,
    ),
    DatabaseOutage.FULL: OutageWords(
        _l("지금은 새로 저장할 수 없습니다"),
        _l("자료를 저장할 공간이 가득 찼습니다. 운영자가 공간을 마련하면 다시 저장할 수 있습니다."),
    ),
    DatabaseOutage.READ_ONLY: OutageWords(
        _l("지금은 읽기만 할 수 있습니다"),
        _l("자료를 고칠 수 없게 잠가 둔 상태입니다. 잠금이 풀리면 다시 저장할 수 있습니다."),
    ),
    DatabaseOutage.UNKNOWN: OutageWords(
        _l("지금은 처리하지 못했습니다"),
        _l("자료를 다루다가 문제가 생겼습니다."),
        may_be_stored=True,
    ),
}


def outage_advice(may_be_stored: bool) -> str:
    """Return what to do, and whether what was sent is stored."""
    if request.method in SAFE_METHODS:
        return _("몇 초 뒤 다시 열어 주세요.")
    if may_be_stored:
        return _("보낸 내용이 저장되었는지 확인하지 못했습니다. 몇 초 뒤 다시 시도해 주세요.")
    return _("보낸 내용은 저장되지 않았습니다. 몇 초 뒤 다시 시도해 주세요.")


def as_unavailable(response: Response) -> Response:
    """Say when to come back, and let no cache keep a page with somebody's text."""
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "private, no-store"
    return response
