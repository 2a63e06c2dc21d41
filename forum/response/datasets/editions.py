"""Write the versions of a dataset: dictionary, sample rows, addresses. A published version never changes; only the
addresses at which its holder offers it may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.privacy import mask
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.response.datasets.locking import lock_to_describe, require_describe
from forum.response.datasets.models import (
    MAX_TITLE_CHARS,
    Dataset,
    DatasetColumn,
    DatasetVersion,
    Distribution,
    FileFormat,
)
from forum.response.datasets.pasted import ColumnLine, read_rows, rows_fit
from forum.response.datasets.queries import current_version, draft_version
from forum.response.datasets.services import checked_address, finish
from forum.system.audit.services import text_hash

MAX_CHANGES_CHARS = 2_000
MAX_DISTRIBUTIONS = 10
MAX_SIZE_BYTES = 10**15


@dataclass(frozen=True)
class Address:
    """Where the holder offers a version, as it was typed."""

    title: str
    access_url: str
    download_url: str
    format: FileFormat
    size_bytes: int | None = None

    def checked(self, row: int) -> Address:
        """Return it cleaned.

        :param row: from 0, in the form
        :raise InvalidInput: no title, no https address, or an odd size
        """
        mistakes, texts, prefix = Mistakes(), dict[str, str](), f"rows-{row}"
        with mistakes.noted():
            texts["title"] = clean_line(self.title, f"{prefix}-title", _("이름"), max_chars=MAX_TITLE_CHARS)
            refuse_resident_numbers(texts["title"], f"{prefix}-title")
        for name, label, least in (("access_url", _("화면 주소"), 1), ("download_url", _("파일 주소"), 0)):
            with mistakes.noted():
                texts[name] = checked_address(getattr(self, name), f"{prefix}-{name}", label, least)
        if self.size_bytes is not None and not 0 <= self.size_bytes <= MAX_SIZE_BYTES:
            mistakes.add(f"{prefix}-size_bytes", _("크기를 바이트로 적어 주세요."))
        mistakes.raise_if_any()
        return Address(
            mask(texts["title"]).text, texts["access_url"], texts["download_url"], self.format, self.size_bytes
        )


def start_version(dataset: Dataset, actor: Actor, *, seen: int) -> DatasetVersion:
    """Start the next version with the dictionary and sample rows of the last one. The caller commits.

    :param seen: revision of the dataset that the page showed
    :raise NotFound: a proposal of another holder
    :raise Forbidden: neither a steward of the holder nor an analyst
    :raise WrongState: one is being written, the dataset has ended, or it was changed since
    """
    require_describe(dataset, actor)
    lock_to_describe(dataset, actor, seen)
    if draft_version(dataset.id) is not None:
        raise WrongState(_("쓰고 있는 판이 있어요. 그 판을 먼저 공개해 주세요."))
    last = current_version(dataset.id)
    assert actor.id is not None
    version = DatasetVersion(
        dataset_id=dataset.id,
        number=1 if last is None else last.number + 1,
        sample_rows=[] if last is None else last.sample_rows,
        created_by_id=actor.id,
    )
    version.columns = [] if last is None else [_copied(one) for one in last.columns]
    db.session.add(version)
    finish(dataset, actor, "datasets.start_version", number=version.number)
    return version


def set_dictionary(dataset: Dataset, actor: Actor, lines: Sequence[ColumnLine], *, seen: int) -> bool:
    """Replace the dictionary of the version that is being written. The caller commits.

    :param lines: as `pasted.read_dictionary` returns them
    :param seen: revision of the dataset that the page showed
    :return: whether the sample rows stay; they go if they no longer fit
    :raise NotFound: a proposal of another holder
    :raise Forbidden: neither a steward of the holder nor an analyst
    :raise WrongState: no version is being written, the dataset has ended, or it was changed since
    """
    require_describe(dataset, actor)
    lock_to_describe(dataset, actor, seen)
    version = _draft(dataset)
    stay = rows_fit(version.sample_rows, lines)
    if not stay:
        version.sample_rows = []
    version.columns.clear()
    db.session.flush()  # the old lines go first: names and positions are unique
    version.columns.extend(DatasetColumn(position=n, **asdict(line)) for n, line in enumerate(lines))
    version.revision += 1
    finish(dataset, actor, "datasets.set_dictionary", number=version.number, columns=len(lines))
    return stay


def set_sample_rows(dataset: Dataset, actor: Actor, text: str, *, seen: int) -> None:
    """Replace the sample rows of the version that is being written. The caller commits.

    :param text: lines as they were typed or pasted; empty for none
    :param seen: revision of the dataset that the page showed
    :raise NotFound: a proposal of another holder
    :raise Forbidden: neither a steward of the holder nor an analyst
    :raise WrongState: no version is being written, the dataset has ended, or it was changed since
    :raise InvalidInput: as `pasted.read_rows`
    """
    require_describe(dataset, actor)
    lock_to_describe(dataset, actor, seen)
    version = _draft(dataset)
    version.sample_rows = read_rows(text, version.columns)
    version.revision += 1
    finish(dataset, actor, "datasets.set_rows", number=version.number, rows=len(version.sample_rows))


def set_addresses(version: DatasetVersion, actor: Actor, addresses: Sequence[Address], *, seen: int) -> None:
    """Say at which addresses the holder offers a version, also a published one. The caller commits.

    What is known of an address that stays, such as when it last answered, is kept.

    :param seen: revision of the dataset that the page showed
    :raise NotFound: a proposal of another holder
    :raise Forbidden: neither a steward of the holder nor an analyst
    :raise WrongState: the dataset has ended, or it was changed since
    :raise InvalidInput: too many, one without title or https address, or one that comes twice
    """
    require_describe(version.dataset, actor)
    rows = _checked(addresses)
    lock_to_describe(version.dataset, actor, seen)
    db.session.refresh(version, ["distributions"])
    known = {(one.access_url, one.download_url): one for one in version.distributions}
    version.distributions = [_distribution(known.get((row.access_url, row.download_url)), row) for row in rows]
    finish(version.dataset, actor, "datasets.set_addresses", number=version.number, addresses=len(rows))


def publish_version(dataset: Dataset, actor: Actor, changes: str, *, seen: int) -> DatasetVersion:
    """Publish the version that is being written; then it never changes. The caller commits.

    :param changes: what is different from the version before; not needed for the first
    :param seen: revision of the dataset that the page showed
    :raise NotFound: a proposal of another holder
    :raise Forbidden: neither a steward of the holder nor an analyst
    :raise WrongState: none is being written, it has no dictionary, the dataset has ended, or it was changed since
    :raise InvalidInput: does not say what changed
    """
    require_describe(dataset, actor)
    lock_to_describe(dataset, actor, seen)
    version = _draft(dataset)
    if not version.columns:
        raise WrongState(_("데이터 사전이 비어 있어요. 열을 하나 이상 쓴 뒤 공개해 주세요."))
    least = 2 if version.number > 1 else 0
    changes = clean_text(changes, "changes", _("달라진 점"), max_chars=MAX_CHANGES_CHARS, min_chars=least)
    refuse_resident_numbers(changes, "changes")
    version.changes, version.published_at = mask(changes).text, clock.now()
    version.revision += 1
    finish(dataset, actor, "datasets.publish_version", number=version.number, changes=text_hash(version.changes))
    return version


def _draft(dataset: Dataset) -> DatasetVersion:
    version = draft_version(dataset.id)
    if version is None:
        raise WrongState(_("쓰고 있는 판이 없어요. 새 판을 먼저 시작해 주세요."))
    db.session.refresh(version)
    db.session.refresh(version, ["columns"])
    return version


def _copied(column: DatasetColumn) -> DatasetColumn:
    names = ("position", *ColumnLine.__dataclass_fields__)
    return DatasetColumn(**{name: getattr(column, name) for name in names})


def _checked(addresses: Sequence[Address]) -> list[Address]:
    mistakes, rows = Mistakes(), []
    for n, address in enumerate(addresses):
        with mistakes.noted():
            rows.append(address.checked(n))
    mistakes.raise_if_any()
    if len(rows) > MAX_DISTRIBUTIONS:
        raise InvalidInput({"rows": _("주소는 %(most)s개까지 적을 수 있어요.", most=MAX_DISTRIBUTIONS)})
    if len({(one.access_url, one.download_url) for one in rows}) < len(rows):
        raise InvalidInput({"": _("같은 주소가 두 번 나와요.")})
    return rows


def _distribution(known: Distribution | None, address: Address) -> Distribution:
    row = known or Distribution()
    for name, value in asdict(address).items():
        setattr(row, name, value)
    return row
