"""Publish and withdraw files, and give links to them. Uploads come in by `uploads.py`, the checks run in `tasks.py`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from itsdangerous import BadData, SignatureExpired

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.errors import Forbidden, Gone, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.signing import timed_signer
from forum.core.text import clean_line, refuse_resident_numbers
from forum.response.datafiles import mails
from forum.response.datafiles.access import is_given_out, may_have
from forum.response.datafiles.checking import TableReport
from forum.response.datafiles.facts import DATA_FILES
from forum.response.datafiles.hooks import follow_publication, follow_withdrawal
from forum.response.datafiles.models import (
    MAX_REASON_CHARS,
    DataDownload,
    DataFile,
    DataFileState,
    DataUpload,
)
from forum.response.datafiles.permissions import AGGREGATE_ONLY, GRANTED_ONLY, OWN_LINK_ONLY
from forum.response.datafiles.queries import check_job
from forum.response.datafiles.uploads import ask_for_check
from forum.response.datasets.locking import CHANGED_MEANWHILE, require_describe
from forum.response.datasets.models import Sensitivity
from forum.response.datasets.services import rate_again
from forum.system.audit.services import record, text_hash
from forum.system.jobs.models import Job

LINK_STAYS = timedelta(minutes=15)
NOT_GIVEN_OUT = _l("거두었거나 제공을 끝낸 파일이라 받을 수 없어요.")
_PURPOSE = "datafiles.link"


def publish_file(file: DataFile, report: TableReport) -> None:
    """Give a file out that passed every check, and whose bytes the store has. The caller locked it, and commits."""
    assert report.survey is not None
    file.blob_sha256 = report.survey.sha256
    _end_check(file, report, DataFileState.READY)
    rate_again(file.version.dataset)
    after = {"sha256": file.sha256, "rows": file.n_rows, "k": file.k}
    record(SYSTEM, "datafiles.publish", file, after=after, facts=DATA_FILES.of([file.id]))
    mails.notify_of_check(file)
    follow_publication(file)


def refuse_file(file: DataFile, report: TableReport) -> None:
    """Refuse a file with what the check found. The caller locked it, and commits."""
    _end_check(file, report, DataFileState.REFUSED)
    codes = sorted({problem.code for problem in report.problems.values()})
    record(SYSTEM, "datafiles.refuse", file, after={"codes": codes}, facts=DATA_FILES.of([file.id]))
    mails.notify_of_check(file)


def withdraw_file(file: DataFile, actor: Actor, reason: str, *, seen: int) -> None:
    """Stop giving a file out, at once: its links end, also in the middle of a download. The caller commits.

    Nothing points at the bytes any more, so the store deletes them two days later.

    :raise NotFound, Forbidden: as `require_describe`
    :raise WrongState: it is not given out, or the page showed another revision
    :raise InvalidInput: no reason, or too long
    """
    dataset = file.version.dataset
    require_describe(dataset, actor)
    reason = clean_line(reason, "reason", _("까닭"), max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(reason, "reason")
    lock_file(file, seen)
    require_describe(dataset, actor)
    if file.state is not DataFileState.READY:
        raise WrongState(_("지금 받을 수 있는 파일만 거둘 수 있어요."))
    file.state, file.reason, file.blob_sha256 = DataFileState.WITHDRAWN, reason, None
    file.withdrawn_at, file.withdrawn_by_id = clock.now(), actor.id
    file.revision += 1
    rate_again(dataset)
    record(actor, "datafiles.withdraw", file, after={"reason": text_hash(reason)}, facts=DATA_FILES.of([file.id]))
    mails.notify_of_withdrawal(file, actor)
    follow_withdrawal(file)


def check_again(file: DataFile, actor: Actor, *, seen: int) -> None:
    """Ask for a check again whose job has failed. The caller commits.

    :raise NotFound, Forbidden: as `require_describe`
    :raise WrongState: the check has ended or goes on, or the page showed another revision
    """
    require_describe(file.version.dataset, actor)
    lock_file(file, seen)
    require_describe(file.version.dataset, actor)
    job: Job | None = check_job(file.id)
    if file.state is not DataFileState.CHECKING or (job is not None and job.is_open):
        raise WrongState(_("검사가 끝났거나 하고 있는 중이에요."))
    after = {"job_id": ask_for_check(file, actor)}
    record(actor, "datafiles.check_again", file, after=after)


def give_link(file: DataFile, actor: Actor) -> str:
    """Note that somebody gets a link, and return its token: for this account, for 15 minutes. The caller commits.

    :raise Gone: the file is not given out
    :raise Forbidden: not to this person
    """
    require_may_have(file, actor)
    if actor.id is None:
        raise Forbidden(str(GRANTED_ONLY))
    given = DataDownload(file_id=file.id, account_id=actor.id)
    db.session.add(given)
    db.session.flush()
    return str(timed_signer(_PURPOSE).dumps([file.id, actor.id, given.id]))


def check_link(file: DataFile, actor: Actor, token: str) -> None:
    """:raise Forbidden: no link of ours to this file, or one that somebody else got
    :raise Gone: its time is over
    """
    try:
        file_id, account_id, _given = timed_signer(_PURPOSE).loads(token, max_age=int(LINK_STAYS.total_seconds()))
    except SignatureExpired as error:
        raise Gone(_("링크를 쓸 수 있는 15분이 지났어요. 파일 화면에서 링크를 새로 받아 주세요.")) from error
    except (BadData, ValueError, TypeError) as error:
        raise Forbidden(_("알아볼 수 없는 링크예요. 파일 화면에서 링크를 새로 받아 주세요.")) from error
    require(file_id == file.id and account_id == actor.id, str(OWN_LINK_ONLY))


def require_may_have(file: DataFile, actor: Actor) -> None:
    """:raise Gone: nobody gets it any more, or yet
    :raise Forbidden: not this person
    """
    if not is_given_out(file):
        raise Gone(str(NOT_GIVEN_OUT))
    is_aggregate = file.version.dataset.sensitivity is Sensitivity.AGGREGATE
    require(may_have(file, actor), str(AGGREGATE_ONLY if is_aggregate else GRANTED_ONLY))


def lock_file(file: DataFile, seen: int | None = None) -> None:
    """Lock a file until the end of the transaction.

    :raise WrongState: the page showed another revision
    """
    db.session.refresh(file, with_for_update={"of": DataFile})
    if seen is not None and file.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))


def _end_check(file: DataFile, report: TableReport, state: DataFileState) -> None:
    found: dict[str, Any] = report.as_json()
    file.state, file.report, file.checked_at = state, found, clock.now()
    file.n_rows = report.n_rows or None
    file.k = report.anonymity.k if report.anonymity else None
    if report.survey is not None:
        file.sha256, file.crc32, file.encoding = report.survey.sha256, report.survey.crc32, report.survey.encoding
    upload_id, file.upload_id = file.upload_id, None
    file.revision += 1
    db.session.flush()
    upload = db.session.get(DataUpload, upload_id) if upload_id else None
    if upload is not None:
        db.session.delete(upload)
        db.session.flush()
