"""Signed, public opinions of invited experts and groups."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from forum.analysis.themes.models import Theme, ThemeState
from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.hearings.facts import OPINIONS
from forum.deliberation.hearings.invitations import is_surely_minor
from forum.deliberation.hearings.mails import notify_of_opinion_wanted
from forum.deliberation.hearings.models import SignedOpinion
from forum.deliberation.hearings.permissions import NOT_INVITED, can_run_hearing, is_asked_for_opinion
from forum.deliberation.rounds.locking import CHANGED_MEANWHILE
from forum.deliberation.rounds.models import CouncilTask, TaskState
from forum.people.accounts.models import Account
from forum.people.accounts.permissions import may_take_part
from forum.system.audit.services import record
from forum.system.texts.limits import count_by_network, count_by_person

MAX_OPINION_CHARS = 5_000
MAX_NAME_CHARS = 40
MAX_AFFILIATION_CHARS = 80


def invite_opinion(
    actor: Actor,
    account: Account,
    name: str,
    affiliation: str,
    task: CouncilTask | None = None,
    theme: Theme | None = None,
) -> SignedOpinion:
    """Ask an expert or a group for a signed, public opinion on a task or a theme. The caller commits.

    :raise Forbidden: only the secretariat
    :raise WrongState: asked already, or the task has left its round
    :raise InvalidInput: no name, a minor or somebody who may not take part, or nothing to give an opinion on
    """
    require(can_run_hearing(actor), str(SECRETARIAT_ONLY))
    name = clean_line(name, "name", _("이름"), max_chars=MAX_NAME_CHARS)
    affiliation = clean_line(affiliation, "affiliation", _("소속"), max_chars=MAX_AFFILIATION_CHARS, min_chars=0)
    for field, text in (("name", name), ("affiliation", affiliation)):
        refuse_resident_numbers(text, field)
    if account.participant_id is None or not may_take_part(account):
        raise InvalidInput({"account": _("지금 포럼에 참여할 수 있는 사람에게만 부탁할 수 있어요.")})
    if is_surely_minor(account):
        raise InvalidInput({"account": _("열아홉 살이 안 된 사람에게는 이름을 밝히는 의견을 부탁하지 않아요.")})
    if (task is None) == (theme is None):
        raise InvalidInput({"about": _("과제나 정책 주제 가운데 하나를 골라 주세요.")})
    if task is not None and task.state not in {TaskState.IN_ROUND, TaskState.CHOSEN}:
        raise WrongState(_("심의에서 빠진 과제예요."))
    if theme is not None and theme.state is not ThemeState.APPROVED:
        raise WrongState(_("승인된 정책 주제에만 의견을 받아요."))
    assert actor.id is not None
    opinion = SignedOpinion(
        task_id=task.id if task else None,
        theme_id=theme.id if theme else None,
        author_id=account.participant_id,
        name=name,
        affiliation=affiliation,
        invited_by_id=actor.id,
    )
    db.session.add(opinion)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise WrongState(_("벌써 의견을 부탁한 사람이에요.")) from error
    db.session.refresh(opinion)
    record(
        actor, "hearings.invite_opinion", opinion, after={"task_id": opinion.task_id}, facts=OPINIONS.of([opinion.id])
    )
    notify_of_opinion_wanted(opinion)
    return opinion


def send_opinion(opinion: SignedOpinion, actor: Actor, text: str, address: str | None = None, *, seen: int) -> None:
    """Send the opinion, or a corrected one, under one's name. It is public from then on. The caller commits.

    :param address: of the request; None for commands
    :param seen: revision that the page showed
    :raise Forbidden: somebody else
    :raise WrongState: changed since
    :raise InvalidInput: no text, too long, or a resident registration number
    """
    require(is_asked_for_opinion(actor, opinion), str(NOT_INVITED))
    text = clean_text(text, "text", _("의견"), max_chars=MAX_OPINION_CHARS)
    refuse_resident_numbers(text, "text")
    count_by_person(SignedOpinion.__tablename__, actor)
    db.session.refresh(opinion, with_for_update={"of": SignedOpinion})
    if opinion.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    opinion.text, opinion.sent_at = text, clock.now()
    opinion.revision += 1
    db.session.flush()
    record(
        actor, "hearings.send_opinion", opinion, after={"revision": opinion.revision}, facts=OPINIONS.of([opinion.id])
    )
    count_by_network(SignedOpinion.__tablename__, address)
