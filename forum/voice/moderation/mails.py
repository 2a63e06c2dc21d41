"""Notices and mails to authors. They never quote the text: a mail is copied to many places."""

from __future__ import annotations

from forum.core.i18n import _
from forum.core.links import link_to, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.system.notices.services import notify_at_once
from forum.voice.moderation.models import EXPLANATIONS, AppealDecision, Hiding
from forum.voice.moderation.queries import author_account


def notify_hidden(hiding: Hiding) -> None:
    """Notify the author of a hiding. The caller commits."""
    text = _(
        "내 %(kind)s{이} 숨겨졌어요. 까닭: %(reason)s. 다르게 생각하면 한 번 이의를 낼 수 있어요.",
        kind=hiding.kind.label,
        reason=hiding.reason.label,
    )
    _notify(hiding, "hidden", "내 글이 숨겨졌어요", text, EXPLANATIONS[hiding.reason])


def notify_held(hiding: Hiding) -> None:
    """Notify the author that a moderator reads the text before others do. The caller commits."""
    text = _(
        "비슷한 글이 짧은 시간에 많이 올라와, 내 %(kind)s{을} 운영진이 읽어 본 뒤에 공개해요.",
        kind=hiding.kind.label,
    )
    _notify(hiding, "held", _("운영진이 읽어 본 뒤에 공개해요"), text)


def notify_restored(hiding: Hiding) -> None:
    """Notify the author that the text is public again. The caller commits."""
    assert hiding.lift_reason is not None
    if hiding.is_held:
        text = _("운영진이 읽어 보고 내 %(kind)s{을} 공개했어요.", kind=hiding.kind.label)
        _notify(hiding, "shown", _("내 글이 공개되었어요"), text)
        return
    text = _(
        "숨겼던 내 %(kind)s{이} 다시 공개되었어요. 까닭: %(reason)s.",
        kind=hiding.kind.label,
        reason=hiding.lift_reason.label,
    )
    _notify(hiding, "shown", "내 글이 다시 공개되었어요", text)


def notify_decided(hiding: Hiding) -> None:
    """Notify the author of the decision on the appeal. The caller commits."""
    outcome = (
        "이의를 받아들여 다시 공개했어요"
        if hiding.appeal_decision is AppealDecision.SHOWN
        else "이의를 살펴보았지만 계속 숨기기로 했어요"
    )
    _notify(hiding, "appeal_decided", "이의에 대한 답이 나왔어요", f"{outcome}. 운영진의 설명을 확인해 주세요.")


def _notify(hiding: Hiding, kind: str, subject: str, text: str, more: str = "") -> None:
    account = author_account(hiding.text)
    if account is None:
        return
    where = link_to("moderation.hiding", hiding_id=hiding.id)
    body = "\n\n".join(part for part in (text, more, f"자세한 내용은 여기에서 볼 수 있어요.\n{where}\n") if part)
    notify_at_once(
        {account.id: account.email},
        f"moderation.{kind}",
        text,
        path_for("moderation.hiding", hiding_id=hiding.id),
        subject=SUBJECT_PREFIX + subject,
        body=body,
        key=f"hiding:{hiding.id}:{kind}",
    )
