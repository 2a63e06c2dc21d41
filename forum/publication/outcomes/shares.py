"""The figure that counts, as numbers: how many arguments ended in a dated commitment, and in a kept one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

from forum.core.i18n import _


@dataclass(frozen=True)
class OutcomeShares:
    """Full counts, so without an interval. Shares are 0..1, and None where there is nothing to count.

    n_people : people behind all arguments, counted once for each argument that they wrote or agree with
    """

    n_arguments: int = 0
    n_committed: int = 0
    n_kept: int = 0
    n_people: int = 0
    people_committed: int = 0
    people_kept: int = 0

    def rows(self) -> tuple[tuple[str, int, float | None, int, float | None], ...]:
        """Return the rows of its table: what is counted, arguments with their share, people with theirs."""
        all_of_them = 1.0 if self.n_arguments else None
        return (
            (_("모든 의견"), self.n_arguments, all_of_them, self.n_people, all_of_them),
            (_("약속이 된 의견"), self.n_committed, self.committed, self.people_committed, self.committed_by_people),
            (_("지켜진 의견"), self.n_kept, self.kept, self.people_kept, self.kept_by_people),
        )

    @property
    def committed(self) -> float | None:
        return _share(self.n_committed, self.n_arguments)

    @property
    def kept(self) -> float | None:
        return _share(self.n_kept, self.n_arguments)

    @property
    def committed_by_people(self) -> float | None:
        return _share(self.people_committed, self.n_people)

    @property
    def kept_by_people(self) -> float | None:
        return _share(self.people_kept, self.n_people)


@dataclass(frozen=True)
class KeptAsRated:
    """Of the kept arguments, how many have a rating by at least five people, and how many of those differ from it.

    n_gap : the ministry's score and the people's differ by more than two points in one of its letters
    """

    n_rated: int = 0
    n_gap: int = 0


def added(shares: Iterable[OutcomeShares]) -> OutcomeShares:
    """Return the sums. No argument is in two campaigns."""
    return OutcomeShares(*(sum(column) for column in zip(*map(astuple, shares), strict=True)))


def added_ratings(ratings: Iterable[KeptAsRated]) -> KeptAsRated:
    return KeptAsRated(*(sum(column) for column in zip(*map(astuple, ratings), strict=True)))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
