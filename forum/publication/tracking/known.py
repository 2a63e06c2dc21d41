"""What people wanted to know about an idea, and found out with data, for its timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forum.core.i18n import _
from forum.core.links import path_for
from forum.publication.tracking.entries import TimelineEntry, shortened
from forum.response.dataneeds.models import DataNeed, NeedState
from forum.response.dataneeds.queries import WantedNeed
from forum.response.datauses.models import DataUse

MOST_WANTED_TOLD = 3
"""Open needs beyond this stand in the section on the page alone."""


def need_entries(needs: Sequence[WantedNeed]) -> Iterator[TimelineEntry]:
    """Yield the entries of the needs that holders or analysts dealt with, and of the most wanted others.

    :param needs: the most wanted first
    """
    n_open = 0
    for one in needs:
        n_open += one.need.state is NeedState.OPEN
        if one.need.state is not NeedState.OPEN or n_open <= MOST_WANTED_TOLD:
            yield from _entries(one.need)


def use_entries(uses: Sequence[DataUse]) -> Iterator[TimelineEntry]:
    """Yield what was found out with data, and what its authors say it changed. All of them are public."""
    for use in uses:
        url = path_for("datauses.show", use_id=use.id)
        effect = _("달라진 것: %(effect)s", effect=use.effect) if use.effect else _("아직 달라진 것은 없어요.")
        title = _("자료로 알게 됐어요: %(title)s", title=use.title)
        yield TimelineEntry(title, shortened(effect), use.published_at, url)


def _entries(need: DataNeed) -> Iterator[TimelineEntry]:
    url, words = path_for("dataneeds.show", need_id=need.id), {"question": need.question}
    yield TimelineEntry(_("어떤 자료가 있으면 풀릴지 적었어요"), need.question, need.created_at, url)
    if need.offers:
        first = min(need.offers, key=lambda one: (one.offered_at, one.dataset_id))
        told = {"holder": first.dataset.holder.name, "title": first.dataset.title}
        title = _("%(holder)s의 자료 ‘%(title)s’{이} 나왔어요", **told)
        yield TimelineEntry(title, need.question, first.offered_at, url)
    if need.state is NeedState.SETTLED:
        title = _("‘%(question)s’{이} 자료로 풀렸어요", **words)
        yield TimelineEntry(title, shortened(need.state_reason), need.decided_at, url)
    elif need.state is NeedState.REFUSED:
        title = _("‘%(question)s’에 필요한 자료를 얻지 못했어요", **words)
        yield TimelineEntry(title, shortened(need.state_reason), need.decided_at, url)
