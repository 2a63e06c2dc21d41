from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.system.audit.chain import ZERO_HASH, link_hash
from forum.system.audit.facts import FACT_KINDS, FactKind
from forum.system.audit.models import AuditEntry, AuditSeal

BASELINE = "audit.baseline"
"""The act that records rows which were there before entries had facts (`services.record_baseline`)."""
BATCH_SIZE = 2_000
MAX_ID = 2**31 - 1


@dataclass(frozen=True)
class ChainHead:
    """The newest link of the chain; `seq` is 0 if nothing is sealed yet. A stored copy reveals a truncated chain."""

    seq: int = 0
    hash: str = ZERO_HASH

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"


@dataclass(frozen=True)
class EntryPage:
    """A page of entries, newest first. `next_before` is the id to continue from; None on the last page."""

    rows: Sequence[AuditEntry]
    next_before: int | None


@dataclass
class ChainReport:
    """Result of verifying the chain. `error` names the first bad row; empty if there is none."""

    n_links: int = 0
    head: ChainHead = field(default_factory=ChainHead)
    n_unsealed: int = 0
    error: str = ""


def chain_head() -> ChainHead:
    """Return the newest link of the chain."""
    newest = db.session.scalars(sa.select(AuditSeal).order_by(AuditSeal.seq.desc()).limit(1)).first()
    return ChainHead(newest.seq, newest.hash) if newest else ChainHead()


def n_unsealed() -> int:
    """Return how many entries wait to be sealed, normally for less than a minute."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry).where(~_sealed())) or 0


def unsealed_entries(limit: int) -> Sequence[AuditEntry]:
    """Return the oldest entries that are not sealed yet."""
    return db.session.scalars(sa.select(AuditEntry).where(~_sealed()).order_by(AuditEntry.id).limit(limit)).all()


def entries_page(subject_type: str, before: int | None, size: int) -> EntryPage:
    """Return a page of entries with ids below `before`, about one type of subject (all if empty)."""
    query = sa.select(AuditEntry).options(joinedload(AuditEntry.actor)).order_by(AuditEntry.id.desc()).limit(size + 1)
    if subject_type:
        query = query.where(AuditEntry.subject_type == subject_type)
    if before is not None:
        query = query.where(AuditEntry.id < min(before, MAX_ID))
    rows = db.session.scalars(query).all()
    return EntryPage(rows[:size], rows[size - 1].id if len(rows) > size else None)


def subject_types() -> list[str]:
    """Return the types of subjects that occur in the entries."""
    return list(db.session.scalars(sa.select(AuditEntry.subject_type).distinct().order_by(AuditEntry.subject_type)))


@dataclass(frozen=True)
class FactReport:
    """The rows of one kind compared with the newest facts of the audit, by key."""

    kind: FactKind
    n_rows: int
    has_baseline: bool
    changed: Sequence[str]
    gone: Sequence[str]
    """Recorded, and not in the database."""
    unrecorded: Sequence[str]
    """In the database, and made by no act on record."""


def compare_facts() -> list[FactReport]:
    """Compare the rows of each kind with what the audit entries vouch for. Reads everything, in batches."""
    recorded, baselines = recorded_facts(), kinds_with_baseline()
    return [
        _compare(kind, recorded.get(kind.code, {}), has_baseline=kind.code in baselines) for kind in FACT_KINDS.values()
    ]


def _compare(kind: FactKind, recorded: dict[str, str | None], *, has_baseline: bool) -> FactReport:
    n_rows, changed, unrecorded = 0, [], []
    for batch in kind.all():
        n_rows += len(batch)
        for key, found in batch.items():
            wanted = recorded.pop(key, None)
            if wanted is None:
                unrecorded.append(key)
            elif wanted != found:
                changed.append(key)
    gone = sorted((key for key, wanted in recorded.items() if wanted is not None), key=int)
    return FactReport(kind, n_rows, has_baseline, changed, gone, unrecorded)


def recorded_facts() -> dict[str, dict[str, str | None]]:
    """Return the newest recorded fingerprint of each row, by kind and key; one of an act goes before a baseline's."""
    acts: dict[str, dict[str, str | None]] = {}
    baselines: dict[str, dict[str, str | None]] = {}
    after = -(2**31)
    has_facts = AuditEntry.after["facts"].as_string().is_not(None)
    query = sa.select(AuditEntry.id, AuditEntry.action, AuditEntry.after).where(has_facts).order_by(AuditEntry.id)
    while rows := db.session.execute(query.where(AuditEntry.id > after).limit(BATCH_SIZE)).all():
        for entry_id, action, said in rows:
            into = baselines if action == BASELINE else acts
            for code, found in said["facts"].items():
                into.setdefault(code, {}).update(found)
            after = entry_id
    return {code: baselines.get(code, {}) | acts.get(code, {}) for code in {*baselines, *acts}}


def kinds_with_baseline() -> set[str]:
    """Return the kinds of facts whose baseline has been recorded."""
    query = sa.select(AuditEntry.after).where(AuditEntry.subject_type == "forum", AuditEntry.action == BASELINE)
    return {code for said in db.session.scalars(query) for code in said.get("kinds", ())}


def verify_chain(heads: Iterable[ChainHead] = ()) -> ChainReport:
    """Check the chain from its first link, in batches, and stop at the first bad row.

    :param heads: heads stored elsewhere; if the chain no longer contains one of them, it was truncated or rewritten
    """
    report, known = ChainReport(), {kept.seq: kept.hash for kept in heads}
    for seal, entry in _links():
        expected = ChainHead(report.head.seq + 1, report.head.hash)
        report.error = _link_error(expected, seal, entry)
        if not report.error and known.pop(seal.seq, seal.hash) != seal.hash:
            report.error = f"봉인 {seal.seq}번: 밖에 적어 둔 머리와 다릅니다. 사슬을 새로 쓴 흔적입니다."
        if report.error:
            return report
        report.n_links, report.head = seal.seq, ChainHead(seal.seq, seal.hash)
    report.n_unsealed = n_unsealed()
    known.pop(0, None)
    if known:
        furthest = max(known)
        report.error = (
            f"봉인 {report.n_links + 1}번: 없습니다. 밖에 적어 둔 머리는 {furthest}번까지였습니다. 꼬리가 잘렸습니다."
        )
    return report


def parse_heads(text: str) -> list[ChainHead]:
    """Parse heads as `flask forum audit head` prints them, one per line: "42 9f86d081…".

    :raise InvalidInput: a line is not a head, or there is no line
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [re.fullmatch(r"([0-9]{1,9})\s+([0-9a-f]{64})", line) for line in lines]
    if not found or not all(found):
        raise InvalidInput(
            {"--head": "머리는 한 줄에 ‘번호 해시’로 적습니다. flask forum audit head가 적는 모양입니다."}
        )
    return [ChainHead(int(match[1]), match[2]) for match in found if match]


def _sealed() -> sa.Exists:
    return sa.exists().where(AuditSeal.entry_id == AuditEntry.id)


def _links() -> Iterator[tuple[AuditSeal, AuditEntry | None]]:
    """Yield every link with its entry, in order, in batches so that a long chain needs little memory."""
    after = -(2**31)
    while True:
        query = (
            sa.select(AuditSeal, AuditEntry)
            .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
            .where(AuditSeal.seq > after)
            .order_by(AuditSeal.seq)
            .limit(BATCH_SIZE)
        )
        batch = db.session.execute(query).all()
        yield from ((row[0], row[1]) for row in batch)
        if len(batch) < BATCH_SIZE:
            return
        after = batch[-1][0].seq


def _link_error(expected: ChainHead, seal: AuditSeal, entry: AuditEntry | None) -> str:
    """Return why this link does not follow the previous one; `expected` is its number and the previous hash."""
    if seal.seq != expected.seq:
        return f"봉인 {expected.seq}번: 없습니다. 다음 봉인은 {seal.seq}번입니다."
    if seal.prev_hash != expected.hash:
        return f"봉인 {seal.seq}번: 앞 봉인과 이어지지 않습니다. 지워졌거나 순서가 바뀌었습니다."
    if entry is None:
        return f"봉인 {seal.seq}번: 기록 {seal.entry_id}번이 없습니다. 지워졌습니다."
    if link_hash(seal.seq, seal.prev_hash, entry) != seal.hash:
        return f"봉인 {seal.seq}번: 기록 {entry.id}번이 봉인할 때와 다릅니다. 고쳐졌습니다."
    return ""
