"""Plan, change, cancel and close hearings. A hearing is locked after its round and before its invitations."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.hearings.facts import HEARINGS
from forum.deliberation.hearings.mails import notify_of_cancelling, notify_of_change, notify_of_outcome
from forum.deliberation.hearings.models import Hearing, HearingFile, HearingInvitation, HearingState
from forum.deliberation.hearings.permissions import can_run_hearing, is_invited
from forum.deliberation.hearings.queries import hearing_of
from forum.deliberation.rounds.locking import CHANGED_MEANWHILE, hold_round
from forum.deliberation.rounds.models import CouncilTask, TaskState
from forum.system.audit.services import record, text_hash
from forum.web.uploads import Upload

MIN_MINUTES, MAX_MINUTES = 5, 240
MAX_PLACE_CHARS, MAX_URL_CHARS, MAX_REASON_CHARS, MAX_CHANGE_CHARS = 120, 500, 200, 2_000
MAX_FILES = 10


def plan_hearing(
    task: CouncilTask, actor: Actor, starts_at: datetime | None, minutes: int, place: str, video_url: str
) -> Hearing:
    """Plan a hearing of a task that is in its round. The caller commits.

    :raise Forbidden: only the secretariat
    :raise WrongState: the task has left the round, or has a hearing
    :raise InvalidInput: a time in the past, no place and no link, or a length outside 5 to 240 minutes
    """
    require(can_run_hearing(actor), str(SECRETARIAT_ONLY))
    when, place, video_url = _checked(starts_at, minutes, place, video_url)
    hold_round(task.round)
    db.session.refresh(task)
    if task.state is not TaskState.IN_ROUND:
        raise WrongState(_("심의하고 있는 과제만 설명을 들어요."))
    if hearing_of(task.id) is not None:
        raise WrongState(_("이 과제의 설명은 벌써 잡혀 있어요."))
    assert actor.id is not None
    hearing = Hearing(
        task_id=task.id, starts_at=when, minutes=minutes, place=place, video_url=video_url, created_by_id=actor.id
    )
    hearing.task = task
    db.session.add(hearing)
    try:
        db.session.flush()
    except IntegrityError as error:  # planned twice at the same moment: rounds are held by many at once
        raise WrongState(_("이 과제의 설명은 벌써 잡혀 있어요.")) from error
    _record(actor, "hearings.plan", hearing)
    return hearing


def change_hearing(
    hearing: Hearing,
    actor: Actor,
    starts_at: datetime | None,
    minutes: int,
    place: str,
    video_url: str,
    *,
    seen: int,
) -> None:
    """Change when and where a planned hearing is, and tell those who were invited. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: over, or changed since
    :raise InvalidInput: as `plan_hearing`
    """
    require(can_run_hearing(actor), str(SECRETARIAT_ONLY))
    when, place, video_url = _checked(starts_at, minutes, place, video_url)
    lock_planned(hearing, seen)
    is_elsewhere = (hearing.starts_at, hearing.place, hearing.video_url) != (when, place, video_url)
    if hearing.starts_at != when:
        hearing.reminded_at = None
    hearing.starts_at, hearing.minutes, hearing.place, hearing.video_url = when, minutes, place, video_url
    hearing.revision += 1
    db.session.flush()
    _record(actor, "hearings.change", hearing)
    if is_elsewhere:
        notify_of_change(hearing)


def cancel_hearing(hearing: Hearing, actor: Actor, reason: str, *, seen: int) -> None:
    """Cancel a planned hearing, and tell those who were invited. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: over, or changed since
    :raise InvalidInput: no reason
    """
    require(can_run_hearing(actor), str(SECRETARIAT_ONLY))
    reason = clean_line(reason, "reason", _("까닭"), max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(reason, "reason")
    lock_planned(hearing, seen)
    _cancel(hearing, actor, reason)


def cancel_with_task(task: CouncilTask, actor: Actor) -> None:
    """Cancel the planned hearing of a task that was withdrawn or merged in mid-round. The caller commits."""
    hearing = hearing_of(task.id)
    if hearing is None:
        return
    db.session.refresh(hearing, with_for_update={"of": Hearing})
    if hearing.state is HearingState.PLANNED:
        merged = task.state is TaskState.MERGED
        _cancel(hearing, actor, _("과제를 다른 과제에 합쳤어요.") if merged else _("과제를 거두었어요."))


def hold_hearing(hearing: Hearing, actor: Actor, what_changed: str, *, seen: int) -> None:
    """Say that a hearing was held, and what changed because of it; later only that may be changed. The caller commits.

    :param what_changed: may be empty at first
    :param seen: revision that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: cancelled, not begun, or changed since
    """
    require(can_run_hearing(actor), str(SECRETARIAT_ONLY))
    words = clean_text(what_changed, "what_changed", _("달라진 점"), max_chars=MAX_CHANGE_CHARS, min_chars=0)
    refuse_resident_numbers(words, "what_changed")
    lock_hearing(hearing, seen)
    if hearing.state is HearingState.CANCELLED:
        raise WrongState(_("취소한 설명이에요."))
    if hearing.starts_at > clock.now():
        raise WrongState(_("아직 시작하지 않은 설명이에요."))
    is_new = bool(words) and not hearing.what_changed
    if hearing.state is HearingState.PLANNED:
        hearing.state, hearing.held_at = HearingState.HELD, clock.now()
    hearing.what_changed = words
    hearing.revision += 1
    db.session.flush()
    _record(actor, "hearings.hold", hearing)
    if is_new:
        notify_of_outcome(hearing)


def attach_file(hearing: Hearing, actor: Actor, upload: Upload | None) -> HearingFile:
    """Add a document of the secretariat, such as the proposal in full. The caller commits.

    :raise Forbidden: only the secretariat
    :raise WrongState: the hearing is cancelled
    :raise InvalidInput: no document, or too many
    """
    require(can_run_hearing(actor), str(SECRETARIAT_ONLY))
    lock_hearing(hearing)
    if hearing.state is HearingState.CANCELLED:
        raise WrongState(_("취소한 설명이에요."))
    file = add_file(hearing, actor, upload)
    if file is None:
        raise InvalidInput({"upload": _("붙일 파일을 골라 주세요.")})
    return file


def remove_file(file: HearingFile, actor: Actor) -> None:
    """Remove a document: of a proposer also by themselves, while the hearing is to come. The caller commits.

    :raise Forbidden: neither the secretariat nor the proposer who sent it
    :raise WrongState: the proposer removes it after the hearing
    """
    hearing = db.session.get_one(Hearing, file.hearing_id)
    lock_hearing(hearing)
    sender = db.session.get(HearingInvitation, file.invitation_id) if file.invitation_id is not None else None
    is_own = sender is not None and is_invited(actor, sender)
    require(can_run_hearing(actor) or is_own, _("간사와 파일을 보낸 사람만 뺄 수 있어요."))
    if not can_run_hearing(actor):
        lock_planned(hearing)
    after = {"file_id": file.id, "sha256": file.sha256}
    db.session.delete(file)
    db.session.flush()
    record(actor, "hearings.remove_file", hearing, after=after, facts=HEARINGS.of([hearing.id]))


def add_file(
    hearing: Hearing,
    actor: Actor,
    upload: Upload | None,
    *,
    invitation_id: int | None = None,
    question_id: int | None = None,
) -> HearingFile | None:
    """Store a document of a hearing; nothing without one. The caller has asked whether the actor may, and commits.

    :raise InvalidInput: too many documents
    """
    if upload is None:
        return None
    db.session.refresh(hearing, with_for_update={"of": Hearing})
    n = db.session.query(HearingFile).filter(HearingFile.hearing_id == hearing.id).count()
    if n >= MAX_FILES:
        raise InvalidInput({"upload": _("파일은 %(most)s개까지 붙일 수 있어요.", most=MAX_FILES)})
    assert actor.id is not None
    file = HearingFile(
        hearing_id=hearing.id,
        invitation_id=invitation_id,
        question_id=question_id,
        name=upload.name,
        media_type=upload.media_type,
        size_bytes=len(upload.content),
        sha256=upload.sha256,
        content=upload.content,
        uploaded_by_id=actor.id,
    )
    db.session.add(file)
    db.session.flush()
    after = {"file_id": file.id, "sha256": upload.sha256}
    record(actor, "hearings.attach", hearing, after=after, facts=HEARINGS.of([hearing.id]))
    return file


def checked_url(url: str, field: str) -> str:
    """Return a typed address of a page, or "".

    :raise InvalidInput: no http(s) address
    """
    url = clean_line(url, field, _("주소"), max_chars=MAX_URL_CHARS, min_chars=0)
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise InvalidInput({field: _("https://로 시작하는 주소를 적어 주세요.")})
    return url


def lock_planned(hearing: Hearing, seen: int | None = None) -> None:
    """:raise WrongState: the hearing is over, or is not what the page showed"""
    lock_hearing(hearing, seen)
    if hearing.state is not HearingState.PLANNED:
        raise WrongState(_("이 설명은 끝났거나 취소됐어요."))


def lock_hearing(hearing: Hearing, seen: int | None = None) -> None:
    """:raise WrongState: the hearing is not what the page showed"""
    db.session.refresh(hearing, with_for_update={"of": Hearing})
    if seen is not None and hearing.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))


def _checked(starts_at: datetime | None, minutes: int, place: str, video_url: str) -> tuple[datetime, str, str]:
    place = clean_line(place, "place", _("장소"), max_chars=MAX_PLACE_CHARS, min_chars=0)
    refuse_resident_numbers(place, "place")
    video_url = checked_url(video_url, "video_url")
    errors: dict[str, str] = {}
    if starts_at is None or starts_at <= clock.now() or starts_at.year > clock.LAST_YEAR:
        errors["starts_at"] = _("앞으로 올 날과 시각을 적어 주세요.")
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        errors["minutes"] = _("%(least)s분부터 %(most)s분까지 적어 주세요.", least=MIN_MINUTES, most=MAX_MINUTES)
    if not place and not video_url:
        errors["place"] = _("장소나 화상 회의 주소를 적어 주세요.")
    if errors or starts_at is None:
        raise InvalidInput(errors)
    return starts_at, place, video_url


def _cancel(hearing: Hearing, actor: Actor, reason: str) -> None:
    hearing.state, hearing.cancel_reason = HearingState.CANCELLED, reason
    hearing.revision += 1
    db.session.flush()
    _record(actor, "hearings.cancel", hearing)
    notify_of_cancelling(hearing)


def _record(actor: Actor, action: str, hearing: Hearing) -> None:
    after: dict[str, object] = {"state": hearing.state.name, "revision": hearing.revision}
    if hearing.what_changed:
        after["what_changed"] = text_hash(hearing.what_changed)
    record(actor, action, hearing, after=after, facts=HEARINGS.of([hearing.id]))
