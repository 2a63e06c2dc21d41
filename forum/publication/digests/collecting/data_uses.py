"""What people found out with data about what a digest holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from forum.analysis.themes.models import Theme
from forum.core.clock import SEOUL
from forum.core.links import address_of, link_to
from forum.publication.digests.content import DataUseLine
from forum.response.dataneeds.subjects import subject_of
from forum.response.datauses.charting import chart_of
from forum.response.datauses.models import DataUse
from forum.response.datauses.queries import all_uses
from forum.voice.campaigns.models import Campaign


def data_uses_of(
    campaign: Campaign, themes: Sequence[Theme], idea_ids: Collection[int], *, has_all: bool
) -> tuple[DataUseLine, ...]:
    """Return what was found out, the newest first. Two statements.

    :param idea_ids: ideas that the digest lists; :param has_all: it holds the whole campaign
    """
    theme_ids, listed = {theme.id for theme in themes}, set(idea_ids)
    return tuple(_line(use) for use in all_uses(campaign.id) if has_all or _is_about(use, theme_ids, listed))


def _is_about(use: DataUse, theme_ids: Collection[int], idea_ids: Collection[int]) -> bool:
    theme_id = use.referral.theme_id if use.referral else use.theme_id
    return theme_id in theme_ids or use.idea_id in idea_ids


def _line(use: DataUse) -> DataUseLine:
    subject, chart = subject_of(use), chart_of(use)
    assert use.published_at is not None
    return DataUseLine(
        id=use.id,
        title=use.title,
        finding=use.finding,
        effect=use.effect,
        about=str(subject.kind.label),
        about_title=subject.title,
        about_url=address_of(subject.path),
        datasets=tuple(one.title for one in use.datasets),
        chart_title=chart.title if chart else "",
        chart_words=chart.words if chart else "",
        chart_rows=tuple((row.label, row.words) for row in chart.rows) if chart else (),
        written_as=str(use.written_as.label),
        published_on=use.published_at.astimezone(SEOUL).date(),
        url=link_to("datauses.show", use_id=use.id),
    )
