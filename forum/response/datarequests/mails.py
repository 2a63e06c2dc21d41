"""Notices and mails about requests for data: to whoever asked, the panel, the holder's stewards and the analysts."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from forum.core.access import Actor, Role
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import day
from forum.core.links import address_of, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.people.accounts.queries import addresses_of, staff_accounts
from forum.response.datarequests.models import DataRequest, PanelSeat, RequestState
from forum.response.datasets.models import DataSteward
from forum.system.notices.services import notify_all, notify_at_once

KIND = "data_request"


def notify_of_request(request: DataRequest, actor: Actor) -> None:
    """Tell panel and stewards that a request waits for them. The caller commits."""
    title = _title(request)
    text = _(
        "‘%(title)s’ 자료를 쓰고 싶다는 신청이 왔어요. %(day)s까지 정해 주세요.", title=title, day=day(request.due_on)
    )
    _tell(request, _keepers(request), actor, text, _("자료 신청이 왔어요"), "new")
    text = _("‘%(title)s’ 자료 신청을 %(day)s까지 심사해 주세요.", title=title, day=day(request.panel_due_on))
    _tell(request, _panel() - _keepers(request), actor, text, _("심사할 자료 신청이 왔어요"), "review")


def notify_of_decision(request: DataRequest, actor: Actor) -> None:
    """Tell the person what was decided. The caller commits."""
    title = _title(request)
    if request.state is RequestState.APPROVED:
        text = _("‘%(title)s’ 자료 신청이 승인됐어요. 조건을 읽고 받아들이면 파일을 받을 수 있어요.", title=title)
        subject = _("자료 신청이 승인됐어요")
    else:
        text = _("‘%(title)s’ 자료 신청이 거절됐어요. 까닭을 보고 30일 안에 이의를 신청할 수 있어요.", title=title)
        subject = _("자료 신청이 거절됐어요")
    _tell(request, _author(request), actor, text, subject, "decided")


def notify_of_terms(request: DataRequest, actor: Actor) -> None:
    """Tell the person that the terms are others now. The caller commits."""
    text = _("‘%(title)s’ 자료의 승인 조건이 바뀌었어요. 다시 받아들여야 계속 받을 수 있어요.", title=_title(request))
    _tell(request, _author(request), actor, text, _("자료의 승인 조건이 바뀌었어요"), "terms")


def notify_of_revocation(request: DataRequest, actor: Actor) -> None:
    """Tell the person that the approval was taken back. The caller commits."""
    text = _("‘%(title)s’ 자료의 승인이 취소됐어요. 받은 파일을 지우고 지웠다고 알려 주세요.", title=_title(request))
    _tell(request, _author(request), actor, text, _("자료 승인이 취소됐어요"), "revoked")


def notify_of_end(request: DataRequest, actor: Actor) -> None:
    """Tell the person that the time of use is over. The caller commits."""
    text = _(
        "‘%(title)s’ 자료를 쓸 수 있는 기간이 끝났어요. 받은 파일을 지우고 지웠다고 알려 주세요.", title=_title(request)
    )
    _tell(request, _author(request), actor, text, _("자료를 쓸 수 있는 기간이 끝났어요"), "ended")


def notify_of_withdrawal(request: DataRequest, actor: Actor) -> None:
    """Tell the stewards that nobody waits any more. The caller commits."""
    text = _("‘%(title)s’ 자료 신청을 한 사람이 거두었어요.", title=_title(request))
    notify_all(sorted(_keepers(request) - {actor.id}), KIND, text, _path(request), in_daily_mail=True)


def notify_of_erasure(request: DataRequest, actor: Actor) -> None:
    """Tell the stewards that the files are deleted. The caller commits."""
    text = _("‘%(title)s’ 자료를 받은 사람이 파일을 지웠다고 알렸어요.", title=_title(request))
    notify_all(sorted(_keepers(request) - {actor.id}), KIND, text, _path(request), in_daily_mail=True)


def notify_of_appeal(request: DataRequest, actor: Actor) -> None:
    """Tell the analysts that an appeal waits. The caller commits."""
    assert request.appeal is not None
    told = {"title": _title(request), "day": day(request.appeal.due_on)}
    text = _("‘%(title)s’ 자료 신청의 거절에 이의가 들어왔어요. %(day)s까지 답해 주세요.", **told)
    _tell(request, _analysts(), actor, text, _("자료 신청에 이의가 들어왔어요"), "appeal")


def notify_of_appeal_answer(request: DataRequest, actor: Actor) -> None:
    """Tell the person, and whoever has to look again. The caller commits."""
    assert request.appeal is not None
    title = _title(request)
    if request.appeal.is_granted:
        text = _("‘%(title)s’ 자료 신청을 다시 심사해요. %(day)s까지 정해요.", title=title, day=day(request.due_on))
        others = _keepers(request) | _panel()
        _tell(request, others - _author(request), actor, text, _("자료 신청을 다시 심사해요"), "again")
    else:
        text = _("‘%(title)s’ 자료 신청의 거절은 그대로예요. 까닭을 볼 수 있어요.", title=title)
    _tell(request, _author(request), actor, text, _("이의 신청에 답이 왔어요"), "appeal-answered")


def notify_of_due_date(request: DataRequest, actor: Actor, *, is_overdue: bool) -> None:
    """Remind the stewards of the due date, and the analysts too once it has passed. The caller commits."""
    told = {"title": _title(request), "day": day(request.due_on)}
    if is_overdue:
        text = _("‘%(title)s’ 자료 신청을 정할 기한 %(day)s이 지났어요. 늦었다는 것을 누구나 볼 수 있어요.", **told)
        people, subject = _keepers(request) | _analysts(), _("자료 신청을 정할 기한이 지났어요")
    else:
        text = _("‘%(title)s’ 자료 신청을 %(day)s까지 정해 주세요.", **told)
        people, subject = _keepers(request), _("자료 신청을 정할 날이 다가와요")
    _tell(request, people, actor, text, subject, f"due:{request.reminded_on}")


def notify_of_seat(seat: PanelSeat) -> None:
    """Tell a new member of the panel. The caller commits."""
    text = _("공익 심사위원이 됐어요. 자료 신청이 오면 알려 드려요.")
    notify_all([seat.account_id], KIND, text, path_for("datarequests.desk"), in_daily_mail=True)


def _tell(request: DataRequest, people: Collection[int], actor: Actor, text: str, subject: str, key: str) -> None:
    path = _path(request)
    notify_at_once(
        addresses_of([one for one in people if one != actor.id]),
        KIND,
        text,
        path,
        subject=SUBJECT_PREFIX + subject,
        body=f"{text}\n\n{address_of(path)}\n",
        key=f"data-request:{request.id}:{request.revision}:{key}",
    )


def _author(request: DataRequest) -> set[int]:
    account_id = request.author.account_id
    return set() if account_id is None else {account_id}


def _keepers(request: DataRequest) -> set[int]:
    """Return the stewards of the holder; the analysts where there is none."""
    query = sa.select(DataSteward.account_id).where(
        DataSteward.holder_id == request.dataset.holder_id, DataSteward.ended_at.is_(None)
    )
    return set(db.session.scalars(query)) or _analysts()


def _panel() -> set[int]:
    return set(db.session.scalars(sa.select(PanelSeat.account_id).where(PanelSeat.ended_at.is_(None))))


def _analysts() -> set[int]:
    return {account.id for account in staff_accounts() if account.role is Role.ANALYST}


def _title(request: DataRequest) -> str:
    return request.dataset.title


def _path(request: DataRequest) -> str:
    return path_for("datarequests.show", request_id=request.id)
