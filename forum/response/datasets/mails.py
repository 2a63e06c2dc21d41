"""Notices to those who speak for a holder of data."""

from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _
from forum.core.links import path_for
from forum.response.datasets.models import DataHolder, DataSteward
from forum.response.datasets.queries import accounts_that_speak_for
from forum.system.notices.services import notify_all

KIND = "data_steward"


def notify_of_stewardship(steward: DataSteward) -> None:
    """Tell somebody that they speak for a holder, or no longer. The caller commits."""
    holder = steward.holder
    if steward.ended_at is None:
        text = _("‘%(name)s’의 공익데이터 담당자가 되었어요. 자료를 적고 파일을 올릴 수 있어요.", name=holder.name)
    else:
        text = _("‘%(name)s’의 공익데이터 담당을 마쳤어요.", name=holder.name)
    path = path_for("datasets.holder", holder_id=holder.id)
    notify_all([steward.account_id], KIND, text, path, in_daily_mail=True)


def notify_stewards(holder: DataHolder, actor: Actor, text: str, path: str) -> None:
    """Tell those who speak for a holder of something that another did to its data. The caller commits."""
    people = accounts_that_speak_for([holder.id]) - {actor.id}
    notify_all(sorted(people), KIND, text, path, in_daily_mail=True)
