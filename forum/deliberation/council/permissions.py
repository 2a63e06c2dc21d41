"""Who may appoint and who runs the council. What members do is asked of their seats (`queries.seat_of`)."""

from __future__ import annotations

from forum.core.access import Actor, Role
from forum.core.i18n import _l
from forum.people.accounts.models import Account
from forum.people.accounts.permissions import may_take_part

MAY_SIT = frozenset({Role.CITIZEN, Role.FACILITATOR, Role.MINISTRY_OFFICER, Role.COUNCIL_MEMBER})
"""Analysts and admins run the council's rounds and meetings, so they hold no seat."""
MAY_JOIN_TEAM = frozenset({Role.CITIZEN, Role.FACILITATOR})
ADMINS_ONLY = _l("관리자만 위원을 정하고 조직을 바꿀 수 있어요.")
SECRETARIAT_ONLY = _l("협의회 일은 분석가와 관리자가 맡아 해요.")


def can_appoint(actor: Actor) -> bool:
    """Admins and commands set up terms, seats and groups."""
    return actor.role in {Role.ADMIN, Role.SYSTEM}


def can_run_council(actor: Actor) -> bool:
    """간사: analysts and admins, and commands, run rounds, hearings and meetings."""
    return actor.role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}


def may_sit(account: Account) -> bool:
    """May this account hold a seat, or stand in for a member?"""
    return account.active and account.role in MAY_SIT


def may_join_team(account: Account) -> bool:
    """May this account be in a people's-forum team? Citizens who may take part."""
    return account.active and account.role in MAY_JOIN_TEAM and may_take_part(account)
