from __future__ import annotations

from forum.core.i18n import _
from forum.core.links import path_for
from forum.response.pledges.catalogue import catalogue
from forum.response.pledges.models import Pledge
from forum.response.pledges.queries import keepers_of
from forum.response.referrals.models import Answer
from forum.system.notices.services import notify_all


def remind_of_check_in(pledge: Pledge) -> None:
    """Remind whoever made the pledge of its present period: a notice, a line in the daily mail. The caller commits."""
    account_id = pledge.author.account_id
    assert account_id is not None
    text = _("‘%(words)s’, 이번에는 어땠나요? 한 번 눌러 알려 주세요.", words=words_of(pledge))
    notify_all([account_id], "pledge_reminder", text, path_for("pledges.show", pledge_id=pledge.id), in_daily_mail=True)


def tell_of_answer(answer: Answer) -> None:
    """Tell those who pledged something that the answer does not accept the theme any more. The caller commits."""
    referral = answer.referral
    text = _(
        "실천을 약속한 ‘%(title)s’의 답변이 바뀌었어요: %(decision)s. 내 약속은 그대로예요. 그만두어도 괜찮아요.",
        title=referral.title,
        decision=answer.decision.label,
    )
    path = path_for("referrals.show", referral_id=referral.id)
    notify_all(keepers_of(referral.theme_id), "pledge_answer_changed", text, path, in_daily_mail=True)


def words_of(pledge: Pledge) -> str:
    """Return what is pledged, without who does it; its key if it is not in the catalogue any more."""
    item = catalogue().get(pledge.item)
    if item is None:
        return pledge.item
    return item.words_group if pledge.group_name else item.words_person
