from __future__ import annotations

from forum.analysis.themes.models import DECIDED_STATES, Theme
from forum.core.access import Actor, Role


def can_start_run(actor: Actor) -> bool:
    return actor.role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}


def can_read_runs(actor: Actor) -> bool:
    """Runs and their clusters are working papers: the machine's word, not the forum's."""
    return actor.role in {Role.ANALYST, Role.SYSTEM}


def can_make_themes(actor: Actor) -> bool:
    """Whatever the desk does: adopt, rename, summarise, move, merge, split, decide, undo, take or leave proposals."""
    return actor.role is Role.ANALYST


def can_read_theme(actor: Actor, theme: Theme) -> bool:
    """What was decided is public, with its reason, whichever way it went; the rest is the analysts'."""
    return theme.state in DECIDED_STATES or can_make_themes(actor)
