"""What the pages of datasets show, put together from their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import url_for

from forum.analysis.curation.paging import Page
from forum.core.access import Actor
from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.core.reference import Sector, regions
from forum.response.datasets.distributions import KeptFile, kept_files
from forum.response.datasets.models import (
    DataHolder,
    Dataset,
    DatasetState,
    DatasetVersion,
    DataSteward,
    QualityNote,
)
from forum.response.datasets.permissions import can_describe, can_keep_registry
from forum.response.datasets.quality import Rating, rate
from forum.response.datasets.quality import facts_of as facts_of_quality
from forum.response.datasets.queries import (
    count_proposals,
    datasets_of,
    draft_version,
    listed_datasets,
    notes_of,
    published_versions,
    sectors_in_use,
    steward_of,
    stewards_of,
)
from forum.response.datasets.services import NEXT, missing_for_offer
from forum.web.waiting import Waiting

Links = list[tuple[str, str, bool]]
PUBLIC_STATES = (DatasetState.OFFERED, DatasetState.TALKING, DatasetState.ENDED)


@dataclass(frozen=True)
class ListPage:
    """The public list. `sectors` and `states` are links: label, address, whether it is the present one."""

    page: Page[Dataset]
    sectors: Links
    states: Links
    args: dict[str, str]


@dataclass(frozen=True)
class VersionPage:
    """A version with what people may have of it."""

    version: DatasetVersion
    kept: Sequence[KeptFile]


@dataclass(frozen=True)
class Work:
    """What those who describe a dataset do next.

    draft : the version that is being written
    missing : sentences on what an offer still needs; empty once it is offered
    moves : states to which the reader may move it, the end left out
    """

    draft: DatasetVersion | None
    missing: Sequence[str]
    moves: Sequence[DatasetState]


@dataclass(frozen=True)
class DatasetPage:
    dataset: Dataset
    current: VersionPage | None
    versions: Sequence[DatasetVersion]
    notes: Sequence[QualityNote]
    facts: Sequence[tuple[str, str]]
    work: Work | None


@dataclass(frozen=True)
class HolderPage:
    """A holder. `stewards` are named to analysts alone: None for everybody else."""

    holder: DataHolder
    datasets: Sequence[Dataset]
    describes: bool
    stewards: Sequence[DataSteward] | None


def list_page(sector_name: str, state_name: str, number: int) -> ListPage:
    """Return one page of the public list; unknown names filter nothing."""
    sector = Sector.__members__.get(sector_name)
    states = {one.name: one for one in PUBLIC_STATES}
    state = states.get(state_name)
    args = {"sector": sector.name if sector else "", "state": state.name if state else ""}
    found, used = listed_datasets(sector, state, number), sectors_in_use()
    by_sector = [(str(one.label), one.name) for one in Sector if one in used or one is sector]
    return ListPage(
        found,
        list(_links("sector", [(_("모든 부문"), ""), *by_sector], args)),
        list(_links("state", [(_("모든 상태"), ""), *((str(one.label), one.name) for one in PUBLIC_STATES)], args)),
        {name: value for name, value in args.items() if value},
    )


def dataset_page(dataset: Dataset, reader: Actor) -> DatasetPage:
    """Return what the page of a dataset shows to a reader who may read it."""
    versions = published_versions(dataset.id)
    current = version_page(versions[0]) if versions else None
    describes = can_describe(reader, steward_of(dataset.holder_id, reader))
    work = _work(dataset, reader) if describes and dataset.state is not DatasetState.ENDED else None
    return DatasetPage(dataset, current, versions, notes_of(dataset.id), facts_of(dataset), work)


def version_page(version: DatasetVersion) -> VersionPage:
    return VersionPage(version, kept_files([version.id])[version.id])


def holder_page(holder: DataHolder, reader: Actor) -> HolderPage:
    describes = can_describe(reader, steward_of(holder.id, reader))
    stewards = stewards_of(holder.id) if can_keep_registry(reader) else None
    return HolderPage(holder, datasets_of(holder.id, with_proposals=describes), describes, stewards)


def facts_of(dataset: Dataset) -> list[tuple[str, str]]:
    """Return the lines of the table of facts."""
    region = regions().get(dataset.region_code or "")
    facts = [
        (_("한 줄은"), dataset.row_means),
        (_("부문"), str(dataset.sector.label)),
        (_("지역"), region.name if region else _("전국")),
        (_("담긴 기간"), period_words(dataset)),
        (_("새로 나오는 때"), str(dataset.refresh.label)),
        (_("누가 받을 수 있나"), str(dataset.sensitivity.label)),
        (_("이용 허락"), str(dataset.licence.label)),
        (_("가격"), price_words(dataset)),
        (_("찾는 말"), ", ".join(dataset.keywords)),
        (_("제공을 시작한 날"), day(dataset.offered_at) if dataset.offered_at else ""),
    ]
    return [(name, value) for name, value in facts if value]


def period_words(dataset: Dataset) -> str:
    """Return which time the data covers."""
    if dataset.period_from is None:
        return _("아직 적지 않았어요")
    first = day(dataset.period_from)
    if dataset.period_until is None:
        return _("%(first)s부터 지금까지", first=first)
    return _("%(first)s부터 %(last)s까지", first=first, last=day(dataset.period_until))


def price_words(dataset: Dataset) -> str:
    return _("%(won)s원", won=thousands(dataset.price_won)) if dataset.price_won else _("무료")


def proposals_waiting(_keeper: Actor) -> list[Waiting]:
    """Return how many proposals wait for an analyst."""
    n = count_proposals()
    return [Waiting(_("제안된 공익데이터"), n, url_for("datasets.desk"))] if n else []


def quality_panel(dataset: Dataset, _reader: Actor) -> Rating | None:
    """Return how well a dataset is described; of a proposal there is no public record to rate."""
    return None if dataset.state is DatasetState.PROPOSED else rate(facts_of_quality(dataset))


def _work(dataset: Dataset, reader: Actor) -> Work:
    moves = [one for one in NEXT[dataset.state] if one is not DatasetState.ENDED]
    missing = [] if dataset.state is DatasetState.OFFERED else missing_for_offer(dataset)
    return Work(draft_version(dataset.id), missing, moves if can_keep_registry(reader) else [])


def _links(name: str, choices: Sequence[tuple[str, str]], args: dict[str, str]) -> Iterator[tuple[str, str, bool]]:
    for label, value in choices:
        chosen = {key: one or None for key, one in (args | {name: value}).items()}
        yield label, url_for("datasets.listing", **chosen), args[name] == value
