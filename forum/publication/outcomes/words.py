"""The figure that counts in sentences. They say no more than was counted. No statement."""

from __future__ import annotations

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.outcomes.shares import KeptAsRated, OutcomeShares


def outcome_sentence(shares: OutcomeShares) -> str:
    """Return the figure in one sentence; empty where no argument is there to count."""
    if not shares.n_arguments:
        return ""
    counts = {"all": thousands(shares.n_arguments), "n": thousands(shares.n_committed)}
    if not shares.n_committed:
        return _("서로 다른 의견 %(all)s가지 가운데 날짜를 정한 약속이 된 의견은 아직 없어요.", all=counts["all"])
    share = percent(shares.committed)
    if not shares.n_kept:
        return _(
            "서로 다른 의견 %(all)s가지 가운데 %(n)s가지(%(share)s)가 날짜를 정한 약속이 되었어요. "
            "지켜진 의견은 아직 없어요.",
            share=share,
            **counts,
        )
    return _(
        "서로 다른 의견 %(all)s가지 가운데 %(n)s가지(%(share)s)가 날짜를 정한 약속이 되었고, "
        "%(kept)s가지(%(kept_share)s)는 지켜졌어요.",
        share=share,
        kept=thousands(shares.n_kept),
        kept_share=percent(shares.kept),
        **counts,
    )


def people_sentence(shares: OutcomeShares) -> str:
    """Return the same weighted by people; empty where nothing was committed."""
    if not shares.n_committed:
        return ""
    return _(
        "쓰거나 찬성한 사람 수로 무게를 달면 약속이 된 것이 %(share)s, 지켜진 것이 %(kept)s예요.",
        share=percent(shares.committed_by_people),
        kept=percent(shares.kept_by_people),
    )


def rated_sentence(kept: KeptAsRated) -> str:
    """Return what people say of the kept ones."""
    if not kept.n_rated:
        return _("지켜진 의견을 참여한 사람들이 어떻게 보는지는 아직 알 만큼 모이지 않았어요.")
    if not kept.n_gap:
        return _(
            "이 가운데 %(n)s가지는 참여한 사람들도 평가했고, 부처가 알린 것과 크게 다르지 않아요.",
            n=thousands(kept.n_rated),
        )
    return _(
        "이 가운데 %(n)s가지는 참여한 사람들도 평가했고, %(gap)s가지에서 부처가 알린 것과 2점 넘게 달라요.",
        n=thousands(kept.n_rated),
        gap=thousands(kept.n_gap),
    )


def rows_in_words(shares: OutcomeShares) -> list[tuple[str, ...]]:
    """Return the rows of the table, its numbers in words."""
    return [
        (name, thousands(n), percent(share), thousands(people), percent(of_people))
        for name, n, share, people, of_people in shares.rows()
    ]


def percent(share: float | None) -> str:
    """Return a share with one decimal; more than nothing never reads as nothing, less than all never as all."""
    if share is None:
        return "–"
    number = min(max(round(100 * share, 1), 0.1), 99.9) if 0 < share < 1 else 100 * share
    return f"{number:.1f}%"
