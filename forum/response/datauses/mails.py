"""Notices and mails about uses of data: to the author, to whoever checks, and to who wanted to know. None quotes."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.access import Actor
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import address_of, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.people.accounts.models import Account
from forum.people.accounts.queries import addresses_of
from forum.response.dataneeds.queries import joiners_of
from forum.response.dataneeds.subjects import subject_of
from forum.response.datasets.models import DataSteward
from forum.response.datauses.models import DataUse
from forum.response.datauses.permissions import not_open
from forum.system.notices.services import notify_all, notify_at_once

KIND = "data_use"


def notify_of_waiting(use: DataUse, actor: Actor) -> None:
    """Tell the stewards of the holders concerned that something waits for their check. The caller commits."""
    closed = not_open(use.datasets)
    query = (
        sa.select(DataSteward.account_id)
        .join(Account, Account.id == DataSteward.account_id)
        .where(
            DataSteward.holder_id.in_({one.holder_id for one in closed}), DataSteward.ended_at.is_(None), Account.active
        )
    )
    told = {*db.session.scalars(query)} - {actor.id}
    text = _("‘%(title)s’{으로} 알게 된 것이 공개되기 전에 확인을 기다려요.", title=closed[0].title)
    notify_all(sorted(told), KIND, text, _path(use), in_daily_mail=True)


def notify_of_published(use: DataUse, actor: Actor) -> None:
    """Tell the author that it is public now, unless they did it, and others in their daily mail. The caller commits."""
    author = use.author.account_id
    if author is not None and author != actor.id:
        text = _("내가 자료로 알게 된 것을 확인하고 공개했어요.")
        _tell_author(author, use, text, _("자료로 알게 된 것을 공개했어요"), "published")
    subject = subject_of(use)
    wanted = set()
    if use.need is not None:
        wanted = {use.need.author.account_id, *joiners_of(use.need.id)} - {None, actor.id, author}
        text = _("‘%(question)s’에 자료로 알게 된 것이 나왔어요.", question=use.need.question)
        notify_all(sorted(one for one in wanted if one is not None), KIND, text, _path(use), in_daily_mail=True)
    others = {*subject.followers()} - wanted - {actor.id, author}
    text = _("‘%(title)s’에 자료로 알게 된 것이 나왔어요.", title=subject.title)
    notify_all(sorted(others), KIND, text, _path(use), in_daily_mail=True)


def notify_of_return(use: DataUse, actor: Actor) -> None:
    """Tell the author that it was given back, with a reason on its page. The caller commits."""
    author = use.author.account_id
    if author is not None and author != actor.id:
        text = _("내가 자료로 알게 된 것을 고쳐 달라고 돌려보냈어요. 까닭을 볼 수 있어요.")
        _tell_author(author, use, text, _("자료로 알게 된 것을 돌려보냈어요"), "returned")


def _tell_author(author: int, use: DataUse, text: str, subject: str, what: str) -> None:
    notify_at_once(
        addresses_of([author]),
        KIND,
        text,
        _path(use),
        subject=SUBJECT_PREFIX + subject,
        body=f"{text}\n\n{address_of(_path(use))}\n",
        key=f"data-use-{what}:{use.id}:{use.revision}",
    )


def _path(use: DataUse) -> str:
    return path_for("datauses.show", use_id=use.id)
