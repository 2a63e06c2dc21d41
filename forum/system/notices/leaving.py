"""What else than a stream of one's account a mail can leave: kinds that other slices register in their `setup.py`.

A mail in the outbox names it as "kind:code". The link is made when the mail is sent, and is the same each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from forum.core.i18n import LazyString


class LeavingKind(NamedTuple):
    """:param label: what is left, for readers; :param link: returns the address for a code, which takes a POST too"""

    label: LazyString
    link: Callable[[str], str]


_KINDS: dict[str, LeavingKind] = {}


def leaving_kind(name: str, label: LazyString, link: Callable[[str], str]) -> None:
    """Register a kind of mail that its reader can leave without an account."""
    _KINDS[name] = LeavingKind(label, link)


def what_is_left(leaving: str) -> tuple[LazyString, str]:
    """Return the label and the link of "kind:code".

    :raise KeyError: nobody registered the kind
    """
    name, _colon, code = leaving.partition(":")
    kind = _KINDS[name]
    return kind.label, kind.link(code)
