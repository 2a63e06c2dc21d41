"""Who plans a hearing, who explains, who asks, and who answers."""

from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _l
from forum.deliberation.council.models import Seat
from forum.deliberation.council.permissions import can_run_council
from forum.deliberation.hearings.models import HearingInvitation, SignedOpinion
from forum.people.accounts.models import Account
from forum.people.accounts.permissions import may_take_part
from forum.voice.ideas.permissions import MEMBERS

NOT_INVITED = _l("초대받은 사람만 답할 수 있어요.")
ONLY_THE_GUARDIAN = _l("보호자가 직접 해 주셔야 해요. 로그아웃한 뒤, 보호자의 기기에서 링크를 열어 주세요.")
NOT_ASKING = _l("시민과 협의회 위원만 질문할 수 있어요.")


def can_run_hearing(actor: Actor) -> bool:
    """The secretariat plans hearings, invites, records answers, and invites experts."""
    return can_run_council(actor)


def is_invited(actor: Actor, invitation: HearingInvitation) -> bool:
    """The invited person, while they may take part."""
    return actor.participant_id is not None and actor.participant_id == invitation.author_id and may_take_part(actor)


def can_answer_for(actor: Actor, invitation: HearingInvitation) -> bool:
    """A guardian: anybody with the mailed link except the minor themselves and children under 14."""
    is_child = isinstance(actor, Account) and actor.needs_consent_until is not None
    return not is_child and (actor.participant_id is None or actor.participant_id != invitation.author_id)


def can_ask(actor: Actor, seat: Seat | None) -> bool:
    """Citizens who may take part, and members of the council."""
    return may_take_part(actor) and (seat is not None or actor.role in MEMBERS)


def can_vote_question(actor: Actor, seat: Seat | None) -> bool:
    """The same people say which questions they want asked."""
    return can_ask(actor, seat)


def is_asked_for_opinion(actor: Actor, opinion: SignedOpinion) -> bool:
    return actor.participant_id is not None and actor.participant_id == opinion.author_id and may_take_part(actor)
