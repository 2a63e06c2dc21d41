"""What the author hears. Never the words themselves: a mail lies about in many places."""

from __future__ import annotations

from forum.people.signin.mails import SUBJECT_PREFIX, link
from forum.system.notices.services import notify, queue_mail
from forum.voice.ideas.models import Idea
from forum.voice.moderation.models import EXPLAINED, AppealDecision, Hiding
from forum.voice.moderation.queries import author_account


def notify_hidden(hiding: Hiding) -> None:
    """The caller commits; so below."""
    text = f"내 {_what(hiding)} 숨겨졌습니다. 까닭: {hiding.reason.label}. 다르게 생각하면 한 번 이의를 낼 수 있습니다."
    _tell(hiding, "hidden", "내 글이 숨겨졌습니다", text, EXPLAINED[hiding.reason])


def notify_shown(hiding: Hiding) -> None:
    assert hiding.lift_reason is not None
    text = f"숨겼던 내 {_what(hiding)} 다시 공개되었습니다. 까닭: {hiding.lift_reason.label}."
    _tell(hiding, "shown", "내 글이 다시 공개되었습니다", text)


def notify_decided(hiding: Hiding) -> None:
    outcome = (
        "이의를 받아들여 다시 공개했습니다"
        if hiding.appeal_decision is AppealDecision.SHOWN
        else "이의를 살펴보았지만 계속 숨기기로 했습니다"
    )
    _tell(hiding, "appeal_decided", "이의에 대한 답이 나왔습니다", f"{outcome}. 운영진의 설명을 확인해 주세요.")


def _what(hiding: Hiding) -> str:
    return "제안이" if isinstance(hiding.thing, Idea) else "댓글이"


def _tell(hiding: Hiding, kind: str, subject: str, text: str, more: str = "") -> None:
    account = author_account(hiding.thing)
    if account is None:
        return
    notify(account.id, f"moderation.{kind}", text, f"/moderation/hidings/{hiding.id}")
    where = link("moderation.hiding", hiding_id=hiding.id)
    body = "\n\n".join(part for part in (text, more, f"자세한 내용은 여기에서 볼 수 있습니다.\n{where}\n") if part)
    queue_mail(account.email, SUBJECT_PREFIX + subject, body, f"hiding:{hiding.id}:{kind}")
