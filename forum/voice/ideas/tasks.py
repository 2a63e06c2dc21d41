"""Work on many ideas, in batches with a commit each, for commands; and the periodic purge of drafts."""

from __future__ import annotations

from collections.abc import Callable

from forum.core.access import Actor
from forum.core.database import batches
from forum.core.extensions import db
from forum.system.jobs.registry import periodic_task
from forum.system.texts.registry import TextKind, text_kinds
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.importing import ImportReport, SourceFile
from forum.voice.ideas.services import (
    CheckedBatch,
    decode_batch,
    import_batch,
    mask_batch,
    purge_drafts,
    record_import,
    record_start_of_import,
    reindex_batch,
    start_import,
)

IMPORT_BATCH_SIZE = 500
ProgressCallback = Callable[[int], object]
"""Called with the number of rows just done."""

periodic_task("ideas.purge_drafts")(purge_drafts)


def _ignore(n_rows: int) -> None:
    """Report no progress."""


def import_ideas(
    campaign: Campaign, actor: Actor, source: SourceFile, report_progress: ProgressCallback = _ignore
) -> ImportReport:
    """Import another platform's proposals. Commits after each batch of `IMPORT_BATCH_SIZE` rows: all of it, or nothing.

    The audit entry is committed with the last batch; an import of several batches has one for its start too, committed
    with the first. Safe to run again after a kill: a row whose external_id the campaign has already is left as it is.

    :raise Forbidden: only staff and the system
    """
    known = start_import(campaign, actor)
    report = ImportReport(n_rows=source.n_rows)
    db.session.rollback()  # the file is read without an open transaction
    n_done = 0
    for rows in batches(source.rows(), IMPORT_BATCH_SIZE):
        is_first, n_done = n_done == 0, n_done + len(rows)
        is_last = n_done == source.n_rows
        import_batch(campaign.id, rows, known, report)
        if is_first and not is_last:
            record_start_of_import(campaign, actor, source)
        if is_last:
            record_import(campaign, actor, source, report)
        db.session.commit()
        report_progress(len(rows))
    return report


def reindex() -> int:
    """Recompute the search tokens that another tokenizer version made. Commits after each batch.

    :return: how many ideas were behind
    """
    done = 0
    while n_ideas := reindex_batch():
        db.session.commit()
        done += n_ideas
    return done


def mask_existing(report_progress: ProgressCallback = _ignore) -> int:
    """Mask what was stored before there was masking, or by rules that found less. Commits after each batch.

    Safe to run again, and while people write.

    :return: how many texts were changed
    """
    return sum(_change_all(kind, mask_batch, report_progress) for kind in text_kinds())


def decode_existing(report_progress: ProgressCallback = _ignore) -> int:
    """Decode HTML entities in texts that were stored before the forum did so. Commits after each batch.

    Safe to run again, after a kill, and while people write: an idea keeps its earlier wording as a revision, its search
    tokens are computed with it, and the next analysis encodes the new text, because its hash is another.

    :return: how many texts were changed
    """
    return sum(_change_all(kind, decode_batch, report_progress) for kind in text_kinds())


def _change_all(
    kind: TextKind, change_batch: Callable[[TextKind, int], CheckedBatch | None], report_progress: ProgressCallback
) -> int:
    n_changed = last_id = 0
    while (batch := change_batch(kind, last_id)) is not None:
        db.session.commit()
        n_changed, last_id = n_changed + batch.n_changed, batch.last_id
        report_progress(batch.n_rows)
    return n_changed
