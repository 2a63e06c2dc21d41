"""Print the kit of a gathering. Whatever it holds is computed, so that it can be printed again.

The kit changes no row; one with codes leaves an audit entry.
"""

from __future__ import annotations

from pathlib import Path

from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.i18n import _, _l
from forum.core.pdf import typeset_apart
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.gatherings.queries import helper_ids
from forum.deliberation.kits.content import Copies, kit_content
from forum.deliberation.kits.permissions import can_print_kit
from forum.deliberation.kits.secret_slips import may_print_secrets, secret_slips_of
from forum.deliberation.sheets.slips import most_slips
from forum.system.audit.services import record

TEMPLATE = Path(__file__).parent / "templates" / "kits" / "kit.typ"
HELPERS_ONLY = _l("이 모임을 연 진행자와 도우미만 모임 꾸러미를 받을 수 있어요.")
CODES_ONLY = _l("되살림 번호는 연결 모임의 진행자만 인쇄할 수 있어요.")
NO_COPIES = Copies(1, 0, 0)
MOST_AT_ONCE = 100
"""Slips, and vote sheets, in one file: about a second's work."""


def kit_pdf(gathering: Gathering, actor: Actor, copies: Copies) -> bytes:
    """Return the kit as a tagged PDF (PDF/UA-1), for A4.

    :raise Forbidden: neither the organiser nor a helper
    :raise WrongState: not announced, or over
    :raise InvalidInput: more copies than there may be, or slips that the gathering cannot have
    """
    require(can_print_kit(actor, gathering, helper_ids(gathering.id)), str(HELPERS_ONLY))
    _check(gathering, copies)
    return typeset_apart(TEMPLATE, kit_content(gathering, copies))


def kit_with_codes(gathering: Gathering, actor: Actor, copies: Copies) -> bytes:
    """Return the kit with the slips of `secret_slips` at its end, and record who printed them. The caller commits.

    Somebody who may see the codes, but does not run this gathering, gets the slips with the codes alone.

    :raise Forbidden: the actor may not see the codes
    :raise WrongState: not announced, or over
    :raise InvalidInput: as for `kit_pdf`
    """
    require(may_print_secrets(actor, gathering), str(CODES_ONLY))
    _check(gathering, copies)
    secrets = secret_slips_of(actor, gathering)
    is_only = not can_print_kit(actor, gathering, helper_ids(gathering.id))
    content = kit_content(gathering, NO_COPIES if is_only else copies, secrets, is_only_secrets=is_only)
    record(actor, "kits.print_codes", gathering, after={"slips": len(secrets)})
    return typeset_apart(TEMPLATE, content)


def _check(gathering: Gathering, copies: Copies) -> None:
    """:raise WrongState: there is no kit now
    :raise InvalidInput: no such numbers
    """
    if why := why_no_kit(gathering):
        raise WrongState(why)
    last, most = copies.first_slip + copies.n_slips - 1, most_slips(gathering)
    if not 0 <= copies.n_slips <= MOST_AT_ONCE or not 0 <= copies.n_sheets <= MOST_AT_ONCE:
        raise InvalidInput(_("쪽지와 투표지는 한 번에 %(most)s장까지 인쇄할 수 있어요.", most=MOST_AT_ONCE))
    if copies.first_slip < 1 or last > most:
        raise InvalidInput(_("이 모임의 쪽지 번호는 1부터 %(most)s까지예요.", most=most))


def why_no_kit(gathering: Gathering) -> str:
    """Return why there is no kit now, as a sentence; empty if there is one."""
    if gathering.state is GatheringState.DRAFT:
        return str(_("모임을 알린 뒤에 꾸러미를 인쇄할 수 있어요."))
    if gathering.state not in {GatheringState.PLANNED, GatheringState.RUNNING}:
        return str(_("이미 끝났거나 취소된 모임이라 꾸러미가 없어요."))
    return ""
