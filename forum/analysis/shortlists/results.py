"""A published slate as its page tells it: words and tables from the proof, whose ideas may be hidden since.

`proof_result` tells it of any proof; what its keys are called is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask import url_for

from forum.analysis.shortlists.models import Slate
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.voice.ideas.models import Idea
from forum.voice.ideas.queries import open_ideas

ROWS_SHOWN = 8  # rows of payments; the proof has them all
EQUAL_SHARES = "equal shares"


@dataclass(frozen=True)
class Named:
    """What a key of a proof is called on a page, and where it leads; None: nowhere."""

    title: str
    url: str | None


@dataclass(frozen=True)
class Payment:
    """How some people paid for an idea. `had` and `paid` are shares of a place in words, of each of them."""

    people: int
    had: str
    paid: str


@dataclass(frozen=True)
class ChosenIdea:
    """An idea of the slate.

    :param idea_id: its key in the proof
    :param rest: people whose payments are not in `payments`
    :param kept: in how many draws the rule chose it; None where nothing was drawn
    """

    idea_id: int
    title: str
    url: str | None
    approvals: int
    words: str
    payments: tuple[Payment, ...]
    rest: int
    kept: int | None


@dataclass(frozen=True)
class LeftOutClaim:
    """The idea nearest to a claim, in `title`, and what is missing."""

    title: str
    level: int
    missing: int


@dataclass(frozen=True)
class SlateResult:
    """What the page of a slate with a proof says.

    :param n_left_out: ideas of the shortlist that were not public when the slate was made
    :param shapes: different ballots; `single_shapes` of them are one person's alone
    :param drawn: how often gaps were filled; None where there are none or too many. `fair` and `same` of them
    :param worst: ideas of the slate that the worst-served tenth approve, on average; `worst_by_approvals` of a plain
        list of the most approved; None where that was not counted
    """

    chosen: tuple[ChosenIdea, ...]
    n_ideas: int
    n_left_out: int
    seen_percent: int
    strongest: LeftOutClaim | None
    worst: str
    worst_by_approvals: str | None
    shapes: int
    single_shapes: int
    drawn: int | None
    fair: int
    same: int
    ballots_sha256: str


def slate_result(slate: Slate, n_listed: int) -> SlateResult:
    """Return what the page says of a slate.

    :param slate: one that has a proof
    :param n_listed: ideas that stand on its shortlist, open or not
    """
    assert slate.proof is not None
    claim = slate.proof["strongest_left_out"]
    named = [item["idea"] for item in slate.proof["items"]] + ([claim["idea"]] if claim else [])
    return proof_result(slate.proof, _names_of_ideas(named), n_listed, slate.worst_by_approvals or 0.0)


def proof_result(
    proof: Mapping[str, Any], named: Mapping[int, Named], n_listed: int, worst_by_approvals: float | None = None
) -> SlateResult:
    """Return what a page says of a proof.

    :param named: what the keys of the proof are called, at least of those chosen and of the nearest to a claim
    """
    claim, draws = proof["strongest_left_out"], proof["draws"]
    return SlateResult(
        chosen=tuple(_chosen(place, item, named, draws) for place, item in enumerate(proof["items"])),
        n_ideas=len(proof["ideas"]),
        n_left_out=max(n_listed - len(proof["ideas"]), 0),
        seen_percent=int(100 * Fraction(proof["seen"])),
        strongest=LeftOutClaim(named[claim["idea"]].title, claim["level"], claim["missing"]) if claim else None,
        worst=_one_decimal(float(Fraction(proof["worst_served_tenth"]))),
        worst_by_approvals=None if worst_by_approvals is None else _one_decimal(worst_by_approvals),
        shapes=len(proof["ballots"]),
        single_shapes=sum(people == 1 for _letters, people in proof["ballots"]),
        drawn=draws["drawn"] if draws else None,
        fair=draws["fair"] if draws else 0,
        same=draws["same"] if draws else 0,
        ballots_sha256=proof["ballots_sha256"],
    )


def title_of(idea_id: int, idea: Idea | None) -> str:
    """Return an idea's title, or its number alone where it is not public any more."""
    return idea.title if idea else _("지금은 공개하지 않는 제안 #%(n)s", n=idea_id)


def place_share(fraction: str) -> str:
    """Return a share of a place of the slate in per cent: 1.25%. Exact ones stand in the proof."""
    percent = 100 * float(Fraction(fraction))
    return _("1만분의 1 미만") if 0 < percent < 0.01 else f"{percent:.2f}%"


def _names_of_ideas(idea_ids: Sequence[int]) -> dict[int, Named]:
    ideas = {idea.id: idea for idea in open_ideas(idea_ids)}
    links = {idea_id: url_for("thread.idea", idea_id=idea_id) for idea_id in ideas}
    return {idea_id: Named(title_of(idea_id, ideas.get(idea_id)), links.get(idea_id)) for idea_id in idea_ids}


def _chosen(place: int, item: Mapping[str, Any], named: Mapping[int, Named], draws: Any) -> ChosenIdea:
    largest_first = sorted(item["payments"], key=lambda row: -Fraction(row[2]))
    shown = largest_first[:ROWS_SHOWN]
    values = {"n": thousands(item["approvals"]), "most": place_share(largest_first[0][2])}
    if item["part"] == EQUAL_SHARES:
        words = _(
            "찬성한 %(n)s명이 한 자리의 값을 나누어 냈어요. 가장 많이 낸 사람은 한 자리의 %(most)s를 냈어요.", **values
        )
    else:
        words = _(
            "남은 자리예요. 찬성한 %(n)s명이 모자란 몫을 앞당겨 냈고, 가장 많이 낸 사람은 한 자리의 %(most)s를 냈어요.",
            **values,
        )
    return ChosenIdea(
        idea_id=item["idea"],
        title=named[item["idea"]].title,
        url=named[item["idea"]].url,
        approvals=item["approvals"],
        words=words,
        payments=tuple(Payment(people, place_share(had), place_share(paid)) for people, had, paid in shown),
        rest=sum(row[0] for row in largest_first[ROWS_SHOWN:]),
        kept=draws["kept"][place] if draws else None,
    )


def _one_decimal(value: float) -> str:
    return f"{value:.1f}"
