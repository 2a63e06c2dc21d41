"""Print the kit of a gathering. It changes no row: whatever it holds is computed, so that it can be printed again."""

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
from forum.deliberation.sheets.slips import most_slips

TEMPLATE = Path(__file__).parent / "templates" / "kits" / "kit.typ"
HELPERS_ONLY = _l("이 모임을 연 진행자와 도우미만 모임 꾸러미를 받을 수 있어요.")
MOST_AT_ONCE = 100
"""Slips, and vote sheets, in one file: about a second's work."""


def kit_pdf(gathering: Gathering, actor: Actor, copies: Copies) -> bytes:
    """Return the kit as a tagged PDF (PDF/UA-1), for A4.

    :raise Forbidden: neither the organiser nor a helper
    :raise WrongState: not announced, or over
    :raise InvalidInput: more copies than there may be, or slips that the gathering cannot have
    """
    require(can_print_kit(actor, gathering, helper_ids(gathering.id)), str(HELPERS_ONLY))
    if why := why_no_kit(gathering):
        raise WrongState(why)
    last, most = copies.first_slip + copies.n_slips - 1, most_slips(gathering)
    if not 0 <= copies.n_slips <= MOST_AT_ONCE or not 0 <= copies.n_sheets <= MOST_AT_ONCE:
        raise InvalidInput(_("쪽지와 투표지는 한 번에 %(most)s장까지 인쇄할 수 있어요.", most=MOST_AT_ONCE))
    if copies.first_slip < 1 or last > most:
        raise InvalidInput(_("이 모임의 쪽지 번호는 1부터 %(most)s까지예요.", most=most))
    return typeset_apart(TEMPLATE, kit_content(gathering, copies))


def why_no_kit(gathering: Gathering) -> str:
    """Return why there is no kit now, as a sentence; empty if there is one."""
    if gathering.state is GatheringState.DRAFT:
        return str(_("모임을 알린 뒤에 꾸러미를 인쇄할 수 있어요."))
    if gathering.state not in {GatheringState.PLANNED, GatheringState.RUNNING}:
        return str(_("이미 끝났거나 취소된 모임이라 꾸러미가 없어요."))
    return ""
