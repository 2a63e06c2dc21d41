"""Who may run the analysis, read its runs and edit themes."""

from __future__ import annotations

from forum.analysis.themes.models import Theme
from forum.core.access import Actor, Role


def can_start_run(actor: Actor) -> bool:
    return actor.role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}


def can_read_runs(actor: Actor) -> bool:
    """Runs and their clusters are working papers of the analysts."""
    return actor.role in {Role.ANALYST, Role.SYSTEM}


def can_make_themes(actor: Actor) -> bool:
    """Adopt, rename, summarise, move, merge, split, decide, undo, accept or dismiss proposals."""
    return actor.role is Role.ANALYST


def can_read_theme(actor: Actor, theme: Theme) -> bool:
    """Every decision is public, with its reason; analysts also read the other themes."""
    return theme.is_decided or can_make_themes(actor)
