"""What the pages of files show, and what other pages show of files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from forum.core.access import Actor
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.core.links import path_for
from forum.response.datafiles.access import is_given_out, is_open, may_have
from forum.response.datafiles.hooks import objections_to_figures
from forum.response.datafiles.models import DataAggregate, DataFile, DataFileState
from forum.response.datafiles.permissions import can_keep_files
from forum.response.datafiles.queries import aggregates_of, check_job, count_links, files_of, files_of_dataset
from forum.response.datafiles.wording import Line, problem_lines
from forum.response.datasets.distributions import KeptFile
from forum.response.datasets.models import Dataset, DatasetVersion, Sensitivity
from forum.response.datasets.queries import current_version, steward_of
from forum.system.jobs.models import Job

KILOBYTE = 1024
UNITS = ("B", "KB", "MB", "GB")


@dataclass(frozen=True)
class FilePage:
    """A file for one reader.

    problems : what the check found; empty for those who do not keep the file
    shown : lines of each aggregate's table
    links : how many were given, for those who keep it
    """

    file: DataFile
    is_open: bool
    may_have: bool
    is_given_out: bool
    keeps: bool
    job: Job | None
    facts: Sequence[tuple[str, str]]
    problems: Sequence[Line]
    missing: Sequence[tuple[str, str]]
    aggregates: Sequence[DataAggregate]
    shown: dict[int, list[tuple[str, str]]]
    links: int


@dataclass(frozen=True)
class Desk:
    """The files of a dataset for those who keep them; `version` is where a new one would go, if anywhere."""

    files: Sequence[DataFile]
    version: DatasetVersion | None


def file_page(file: DataFile, reader: Actor) -> FilePage:
    keeps = can_keep_files(reader, steward_of(file.version.dataset.holder_id, reader))
    made = aggregates_of(file.id) if is_given_out(file) else []
    return FilePage(
        file,
        is_open(file),
        may_have(file, reader),
        is_given_out(file),
        keeps,
        check_job(file.id) if keeps and file.state is DataFileState.CHECKING else None,
        facts_of(file),
        list(problem_lines(file.report)) if keeps else [],
        [(name, thousands(n)) for name, n in file.report.get("missing", {}).items()],
        made,
        {one.id: [(str(value), _("가림") if n is None else n) for value, n in one.cells] for one in made},
        count_links(file.id) if keeps else 0,
    )


def facts_of(file: DataFile) -> list[tuple[str, str]]:
    """Return the lines of the table of facts: what was measured, and only that."""
    report: dict[str, Any] = file.report
    identifying = [one.name for one in file.version.columns if one.is_identifying]
    facts = [
        (_("크기"), size_words(file.size_bytes)),
        (_("줄 수"), thousands(file.n_rows) if file.n_rows else ""),
        (_("글자 부호"), file.encoding),
        (_("사람을 가려낼 수 있는 열"), ", ".join(identifying)),
        (
            _("k-익명성"),
            _("%(k)s (값의 조합 %(n)s가지)", k=thousands(file.k), n=thousands(report.get("groups") or 0))
            if file.k
            else "",
        ),
        ("SHA-256", file.sha256 or ""),
    ]
    return [(name, value) for name, value in facts if value]


def size_words(n: int) -> str:
    """Return a number of bytes as people read it."""
    size, unit = float(n), 0
    while size >= KILOBYTE and unit < len(UNITS) - 1:
        size, unit = size / KILOBYTE, unit + 1
    return f"{size:.0f} {UNITS[unit]}" if unit == 0 or size >= 10 else f"{size:.1f} {UNITS[unit]}"


def kept_files_of(version_ids: Iterable[int]) -> dict[int, Sequence[KeptFile]]:
    """Return the files that the forum gives out, for the registry's pages and its catalogue."""
    found: dict[int, list[KeptFile]] = {}
    for file in files_of(version_ids):
        if not is_given_out(file):
            continue
        download = url_path("download_csv", file) if is_open(file) else ""
        kept = KeptFile(file.name, url_path("show", file), download, file.format, file.size_bytes)
        found.setdefault(file.version_id, []).append(kept)
    return dict(found)


def url_path(view: str, file: DataFile) -> str:
    return path_for(f"datafiles.{view}", file_id=file.id)


def desk_panel(dataset: Dataset, _keeper: Actor) -> Desk:
    """Return what those who describe a dataset see of its files, on its page."""
    return Desk(files_of_dataset(dataset.id), current_version(dataset.id))


def aggregate_title(made: DataAggregate) -> str:
    if made.sum_column:
        return _("‘%(by)s’ 값마다 ‘%(total)s’{을} 더한 값", by=made.by_column, total=made.sum_column)
    return _("‘%(by)s’ 값마다 줄의 수", by=made.by_column)


def offers_aggregates(file: DataFile) -> bool:
    """Return whether figures are made of the file: of open rows everybody makes their own, and of others noisy ones."""
    return file.version.dataset.sensitivity is not Sensitivity.OPEN and not objections_to_figures(file)
