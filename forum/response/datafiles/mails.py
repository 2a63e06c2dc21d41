"""Notices about files: to who uploaded one, and to those who keep one that another withdrew."""

from __future__ import annotations

from forum.core.access import Actor
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import path_for
from forum.people.accounts.models import Account
from forum.response.datafiles.models import DataFile, DataFileState
from forum.response.datafiles.permissions import can_keep_files
from forum.response.datasets.mails import notify_stewards
from forum.response.datasets.queries import steward_of
from forum.system.notices.services import notify_all

KIND = "data_file"


def notify_of_check(file: DataFile) -> None:
    """Tell who uploaded a file that it is given out, or was refused. The caller commits.

    Who does not keep the dataset any more hears nothing: the page of a refused file is closed to them.
    """
    account = db.session.get(Account, file.uploaded_by_id) if file.uploaded_by_id else None
    dataset = file.version.dataset
    if account is None or not can_keep_files(account, steward_of(dataset.holder_id, account)):
        return
    told = {"name": file.name, "title": dataset.title}
    if file.state is DataFileState.READY:
        text = _("‘%(title)s’에 올린 ‘%(name)s’{이} 검사를 모두 지나 이제 받을 수 있어요.", **told)
    else:
        text = _("‘%(title)s’에 올린 ‘%(name)s’{을} 검사에서 돌려보냈어요. 고칠 것을 볼 수 있어요.", **told)
    notify_all([account.id], KIND, text, _path(file), in_daily_mail=True)


def notify_of_withdrawal(file: DataFile, actor: Actor) -> None:
    """Tell those who speak for the holder, unless they withdrew it themselves. The caller commits."""
    dataset = file.version.dataset
    text = _("‘%(title)s’의 파일 ‘%(name)s’{을} 거두었어요. 까닭을 볼 수 있어요.", title=dataset.title, name=file.name)
    notify_stewards(dataset.holder, actor, text, _path(file))


def _path(file: DataFile) -> str:
    return path_for("datafiles.show", file_id=file.id)
