"""Brings the datasets of another catalogue into the registry, as proposals that an analyst looks at one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import address_of
from forum.response.datasets.dcat_records import DatasetRecord, HolderRecord, read_records
from forum.response.datasets.editions import set_addresses, set_dictionary, start_version
from forum.response.datasets.holders import add_holder
from forum.response.datasets.linked_input import read_graph
from forum.response.datasets.locking import lock_holder
from forum.response.datasets.models import DataHolder, Dataset
from forum.response.datasets.pasted import check_columns, checked_column
from forum.response.datasets.permissions import KEEPERS_ONLY, can_import
from forum.response.datasets.services import propose_dataset, record_dataset
from forum.system.audit.services import text_hash


@dataclass(frozen=True)
class ImportReport:
    """What became of a file.

    made : new proposals
    known : subjects that the registry had already; nothing of them was changed
    notes : subject and sentence: what was filled in or left out
    """

    made: Sequence[Dataset]
    known: Sequence[str]
    notes: Sequence[tuple[str, str]]


def import_catalogue(actor: Actor, data: bytes, media_type: str) -> ImportReport:
    """Propose every dataset of a file that the registry does not have; nothing if one of them is refused.

    It may be run again: what a holder has under the same dct:identifier stays as it is. The caller commits.

    :param media_type: text/turtle or application/ld+json
    :raise Forbidden: only analysts and admins, who have an account
    :raise InvalidInput: not readable, or by subject what is wrong with it
    :raise WrongState: many proposals of one holder wait already
    """
    require(can_import(actor), str(KEEPERS_ONLY))
    records = read_records(read_graph(data, media_type))
    _refuse_doubles(records)
    mistakes, made, known, notes = Mistakes(), list[Dataset](), list[str](), list[tuple[str, str]]()
    for record in records:
        try:
            dataset = _import_one(actor, record)
        except InvalidInput as refused:
            mistakes.add(record.subject, refused.message)
            continue
        except WrongState as refused:
            raise WrongState(f"{record.subject}: {refused.message}") from None
        if dataset is None:
            known.append(record.subject)
        else:
            made.append(dataset)
            notes.extend((record.subject, words) for words in record.notes)
    mistakes.raise_if_any()
    return ImportReport(made, known, notes)


def _refuse_doubles(records: Sequence[DatasetRecord]) -> None:
    mistakes, seen = Mistakes(), set[tuple[str, str]]()
    for record in records:
        key = record.holder.name, record.identifier
        if key in seen:
            mistakes.add(record.subject, _("같은 기관의 같은 dct:identifier가 이 파일에 두 번 나와요."))
        seen.add(key)
    mistakes.raise_if_any()


def _import_one(actor: Actor, record: DatasetRecord) -> Dataset | None:
    """Return the new proposal; None if the holder has it already."""
    holder = db.session.scalar(sa.select(DataHolder).where(DataHolder.name == record.holder.name))
    if holder is None:
        holder = _add_holder(actor, record.holder)
    else:
        lock_holder(holder)  # another import of the same file waits here
    if _has(holder, record.identifier):
        return None
    dataset = propose_dataset(holder, actor, record.description)
    dataset.identifier = record.identifier
    if record.columns or record.addresses:
        _add_version(actor, dataset, record)
    record_dataset(actor, "datasets.import", dataset, identifier=text_hash(record.identifier))
    return dataset


def _add_holder(actor: Actor, record: HolderRecord) -> DataHolder:
    if not record.contact_office or not record.contact_email:
        words = _("처음 보는 기관이라 물어볼 곳(dcat:contactPoint의 vcard:fn과 vcard:hasEmail)이 있어야 해요.")
        raise InvalidInput(words)
    return add_holder(actor, record.name, record.kind, record.homepage, record.contact_office, record.contact_email)


def _has(holder: DataHolder, identifier: str) -> bool:
    """Also what left here with an address of its own, and comes back."""
    own = sa.select(Dataset.id).where(Dataset.holder_id == holder.id)
    if db.session.scalar(own.where(Dataset.identifier == identifier)) is not None:
        return True
    number = identifier.removeprefix(address_of("/datasets/"))
    is_ours = number != identifier and number.isascii() and number.isdigit() and len(number) < 10
    return is_ours and db.session.scalar(own.where(Dataset.id == int(number))) is not None


def _add_version(actor: Actor, dataset: Dataset, record: DatasetRecord) -> None:
    columns = [checked_column(line) for line in record.columns]
    check_columns(columns)
    version = start_version(dataset, actor, seen=dataset.revision)
    if columns:
        set_dictionary(dataset, actor, columns, seen=dataset.revision)
    if record.addresses:
        set_addresses(version, actor, record.addresses, seen=dataset.revision)
