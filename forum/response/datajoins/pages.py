"""What pages say of joins, in words, with both numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forum.core.access import Actor
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.response.datafiles.access import is_given_out
from forum.response.datafiles.models import DataFile
from forum.response.datajoins.models import DataJoinRisk
from forum.response.datajoins.queries import risks_of, risks_of_file
from forum.response.datarequests.models import DataRequest
from forum.response.datasets.models import Dataset, Sensitivity

MOST_SHOWN = 5


@dataclass(frozen=True)
class JoinWarning:
    """One line: what was measured, the columns that both files have, and the other dataset.

    is_small : fewer than five rows are alike
    """

    words: str
    shared: str
    other: Dataset
    file: DataFile
    is_small: bool


@dataclass(frozen=True)
class JoinWarnings:
    """The most telling ones, how many more there are, and titles of files with which nothing could be measured."""

    lines: list[JoinWarning]
    n_more: int
    failed: list[str]

    @property
    def has_small(self) -> bool:
        return any(line.is_small for line in self.lines)


def of_file(file: DataFile, _reader: Actor) -> JoinWarnings | None:
    """Return what everybody is told of a file; nothing of files whose rows nobody gets."""
    if not is_given_out(file) or file.version.dataset.sensitivity is Sensitivity.AGGREGATE:
        return None
    found = warnings(risks_of_file(file.id))
    return found if found.lines else None


def of_dataset(dataset: Dataset, _keeper: Actor) -> JoinWarnings | None:
    """Return what those who describe a dataset should know before they open it."""
    found = warnings(risks_of(dataset.id))
    return found if found.lines or found.failed else None


def of_request(request: DataRequest, keeper: Actor) -> JoinWarnings | None:
    """Return the same for whoever decides on a request for the dataset."""
    return of_dataset(request.dataset, keeper)


def warnings(risks: Iterable[DataJoinRisk]) -> JoinWarnings:
    """Return what there is to warn of: joins that leave smaller groups than the file has by itself."""
    lines, failed = [], []
    for risk in risks:
        if not risk.is_measured:
            failed.append(risk.other.version.dataset.title)
        elif lowers_k(risk):
            other, shared = risk.other.version.dataset, ", ".join(risk.shared)
            assert risk.k is not None
            lines.append(JoinWarning(words_of(risk), shared, other, risk.file, risk.k < MIN_PEOPLE_PER_CELL))
    return JoinWarnings(lines[:MOST_SHOWN], len(lines) - len(lines[:MOST_SHOWN]), sorted(set(failed)))


def lowers_k(risk: DataJoinRisk) -> bool:
    """Return whether the other file tells of fewer rows than the file does alone.

    Without identifying columns all rows of a file are alike by itself.
    """
    alone = risk.file.k or risk.file.n_rows or 0
    return risk.k is not None and risk.k < alone


def words_of(risk: DataJoinRisk) -> str:
    """Return a join that lowers k in a sentence."""
    assert risk.k is not None
    values = {"other": risk.other.version.dataset.title, "joined": thousands(risk.k)}
    if risk.file.k is None:
        return _(
            "이 자료에는 사람을 가려낼 열이 없지만, ‘%(other)s’{과} 이어 붙이면 같은 줄이 %(joined)s줄까지 줄어요.",
            **values,
        )
    return _(
        "이 자료만 보면 같은 줄이 %(alone)s줄 이상이지만, ‘%(other)s’{과} 이어 붙이면 %(joined)s줄까지 줄어요.",
        alone=thousands(risk.file.k),
        **values,
    )
