"""Notices and mails about needs for data: to whoever asked, who joined, who follows what a need is about, and who
speaks for the holders of what is offered."""

from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _
from forum.core.links import address_of, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.people.accounts.queries import addresses_of
from forum.response.dataneeds.models import DataNeed, NeedState
from forum.response.dataneeds.queries import holders_of_offers, joiners_of
from forum.response.dataneeds.subjects import subject_of
from forum.response.datasets.models import Dataset
from forum.response.datasets.queries import accounts_that_speak_for
from forum.system.notices.services import notify_all, notify_at_once

KIND = "data_need"


def notify_of_offer(need: DataNeed, dataset: Dataset, actor: Actor) -> None:
    """Tell of a dataset that may answer a need. The caller commits."""
    told = {"question": need.question, "holder": dataset.holder.name, "title": dataset.title}
    text = _("‘%(question)s’에 답이 될 수 있는 자료가 나왔어요: %(holder)s의 ‘%(title)s’", **told)
    _tell(need, actor, text, _("내가 찾던 자료가 나왔어요"), f"data-need-offer:{need.id}:{dataset.id}:{need.revision}")


def notify_of_decision(need: DataNeed, actor: Actor) -> None:
    """Tell of what settled a need, or that nobody gives the data. The caller commits."""
    if need.state is NeedState.SETTLED:
        text = _("‘%(question)s’{이} 자료로 풀렸어요. 무엇을 알게 됐는지 볼 수 있어요.", question=need.question)
        subject = _("내가 알고 싶던 것이 풀렸어요")
    else:
        text = _("‘%(question)s’에 필요한 자료를 얻지 못했어요. 까닭을 볼 수 있어요.", question=need.question)
        subject = _("내가 찾던 자료를 얻지 못했어요")
    _tell(need, actor, text, subject, f"data-need-decided:{need.id}:{need.revision}")


def _tell(need: DataNeed, actor: Actor, text: str, subject: str, key: str) -> None:
    """Mail whoever asked at once; others read it in their daily mail. Whoever did it hears of nothing."""
    path = path_for("dataneeds.show", need_id=need.id)
    authors = addresses_of([account for account in [need.author.account_id] if account not in {None, actor.id}])
    notify_at_once(
        authors,
        KIND,
        text,
        path,
        subject=SUBJECT_PREFIX + subject,
        body=f"{text}\n\n{address_of(path)}\n",
        key=key,
    )
    keepers = accounts_that_speak_for(holders_of_offers(need.id))
    others = {*joiners_of(need.id), *subject_of(need).followers(), *keepers} - {actor.id, *authors}
    notify_all(sorted(one for one in others if one is not None), KIND, text, path, in_daily_mail=True)
