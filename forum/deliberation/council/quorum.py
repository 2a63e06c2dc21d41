"""Whether enough members are present for what the council decides to count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from forum.core.i18n import _
from forum.deliberation.council.models import CouncilTerm
from forum.people.accounts.models import CouncilSeat


@dataclass(frozen=True)
class PresentSeat:
    """A filled seat whose member, or their substitute, attends; `online` by video."""

    kind: CouncilSeat
    online: bool = False


@dataclass(frozen=True)
class Quorum:
    """needed, present : seats; `why` is a sentence for the reader, whether or not the quorum `is_reached`."""

    needed: int
    present: int
    is_reached: bool
    why: str


def quorum_of(term: CouncilTerm, present: Collection[PresentSeat], n_seats: int) -> Quorum:
    """Return whether those present are a quorum by the rules of the term.

    :param n_seats: seats that are filled at the moment
    """
    counted = [one for one in present if term.counts_online or not one.online]
    needed, n = term.quorum.needed(n_seats), len(counted)
    figures = {"rule": term.quorum.label, "needed": needed, "n": n}
    if n < needed:
        return Quorum(needed, n, False, _("%(rule)s인 %(needed)s명이 있어야 하는데 지금 %(n)s명이에요.", **figures))
    missing = [kind for kind in CouncilSeat if kind not in {one.kind for one in counted}]
    if term.needs_both_kinds and missing:
        why = _("%(kind)s{이} 한 명도 없어서 정족수가 되지 않아요.", kind=missing[0].label)
        return Quorum(needed, n, False, why)
    return Quorum(needed, n, True, _("%(rule)s인 %(needed)s명이 있어야 하고 지금 %(n)s명이에요.", **figures))
