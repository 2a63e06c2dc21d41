"""Pictures of a digest's numbers. Only jobs import this package: it brings matplotlib and pandas."""

from __future__ import annotations

from forum.publication.digests.charts.crossings import heat_table
from forum.publication.digests.charts.on_time import on_time_bars
from forum.publication.digests.charts.opinion import opinion_map
from forum.publication.digests.charts.over_time import columns_over_time
from forum.publication.digests.charts.pilots import pilot_bars
from forum.publication.digests.charts.promises import rating_chart
from forum.publication.digests.charts.sides import sides_chart
from forum.publication.digests.charts.support import support_chart
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import Chart

CHARTS = (
    support_chart,
    opinion_map,
    columns_over_time,
    heat_table,
    on_time_bars,
    sides_chart,
    pilot_bars,
    rating_chart,
)


def charts_of(content: DigestContent) -> dict[str, Chart]:
    """Return the charts that have something to show, by their keys."""
    drawn = (draw(content) for draw in CHARTS)
    return {chart.key: chart for chart in drawn if chart}
