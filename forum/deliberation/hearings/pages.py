"""What the page of a hearing shows, and what other pages show of hearings and opinions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.themes.models import Theme
from forum.core.access import Actor
from forum.core.extensions import db
from forum.deliberation.council.queries import seat_of
from forum.deliberation.hearings.invitations import is_surely_minor
from forum.deliberation.hearings.models import (
    Hearing,
    HearingFile,
    HearingInvitation,
    HearingQuestion,
    HearingState,
    InvitationState,
    SignedOpinion,
)
from forum.deliberation.hearings.permissions import can_ask, can_run_hearing, is_invited
from forum.deliberation.hearings.queries import (
    files_of,
    files_sent,
    hearing_of,
    hearings_of,
    invitation_of,
    invitations_of,
    n_invited,
    opinions_of,
    questions_of,
    shown_statements,
    wanted_by,
)
from forum.deliberation.rounds.models import CouncilRound, CouncilTask
from forum.deliberation.rounds.queries import proposer_accounts
from forum.people.accounts.models import Account


@dataclass(frozen=True)
class HearingPage:
    """:param invitation: the reader's own
    :param knows_link: the reader may see the address of the video call
    :param wanted: ids of the questions that the reader wants asked
    :param n_invited: people who were invited; those who declined among them are not named
    :param sent_files: documents that the reader sent themselves, shown or not
    """

    hearing: Hearing
    invitation: HearingInvitation | None
    statements: Sequence[HearingInvitation]
    questions: Sequence[HearingQuestion]
    files: Sequence[HearingFile]
    wanted: set[int]
    may_ask: bool
    may_run: bool
    knows_link: bool
    n_invited: int
    sent_files: Sequence[HearingFile]

    @property
    def is_open(self) -> bool:
        return self.hearing.state is HearingState.PLANNED

    @property
    def asks_age(self) -> bool:
        """Does the form have to ask whether the invited person is of age?"""
        account = self.invitation.author.account if self.invitation else None
        return account is None or not is_surely_minor(account)


def hearing_page(hearing: Hearing, actor: Actor) -> HearingPage:
    own = invitation_of(hearing.id, actor)
    seat = seat_of(actor, hearing.task.round.term_id)
    questions = questions_of(hearing.id)
    may_run = can_run_hearing(actor)
    is_coming = own is not None and own.state is InvitationState.ACCEPTED and not own.lacks_consent
    invited = own if own is not None and is_invited(actor, own) else None
    return HearingPage(
        hearing,
        invited,
        shown_statements(hearing.id),
        questions,
        files_of(hearing.id),
        wanted_by(actor, [one.id for one in questions]),
        can_ask(actor, seat),
        may_run,
        may_run or seat is not None or is_coming,
        n_invited(hearing.id),
        files_sent(invited) if invited is not None else (),
    )


def proposers_to_invite(hearing: Hearing) -> Sequence[Account]:
    """Return the people behind the task who are not invited yet, by name."""
    invited = {one.author.account_id for one in invitations_of(hearing.id)}
    ids = sorted(proposer_accounts(hearing.task_id) - invited)
    query = sa.select(Account).where(Account.id.in_(ids), Account.active).order_by(Account.display_name, Account.id)
    return db.session.scalars(query).all() if ids else ()


def round_panel(round_: CouncilRound, _actor: Actor) -> Sequence[Hearing] | None:
    return hearings_of(round_.id) or None


@dataclass(frozen=True)
class TaskHearing:
    hearing: Hearing | None
    opinions: Sequence[SignedOpinion]
    may_run: bool


def task_panel(task: CouncilTask, actor: Actor) -> TaskHearing | None:
    found = TaskHearing(hearing_of(task.id), opinions_of(task_id=task.id), can_run_hearing(actor))
    return found if found.hearing or found.opinions or found.may_run else None


def member_panel(round_: CouncilRound, _actor: Actor) -> Sequence[Hearing] | None:
    return [one for one in hearings_of(round_.id) if one.state is HearingState.PLANNED] or None


def theme_opinions(theme: Theme) -> Sequence[SignedOpinion] | None:
    """Return the signed opinions on a theme, for its page."""
    return opinions_of(theme_id=theme.id) or None
