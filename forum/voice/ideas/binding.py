"""What binds an idea. Higher slices say when an idea can no longer be edited or withdrawn, and why.

`register_binding` is called in a slice's `setup.py`; a letter to a ministry is the example.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forum.core.errors import WrongState
from forum.voice.ideas.models import Idea


@dataclass(frozen=True)
class Binding:
    """Why an idea cannot be edited or withdrawn, as sentences for its author; empty where it can."""

    why_not_edit: str = ""
    why_not_withdraw: str = ""

    @property
    def sentences(self) -> list[str]:
        """Return what its page says, each sentence once."""
        return list(dict.fromkeys(text for text in (self.why_not_edit, self.why_not_withdraw) if text))


BindingSource = Callable[[int], Binding]
_SOURCES: list[BindingSource] = []


def register_binding(source: BindingSource) -> None:
    """Let a slice bind ideas.

    :param source: returns the binding of an idea by its id
    """
    if source not in _SOURCES:
        _SOURCES.append(source)


def binding_of(idea: Idea) -> Binding:
    """Return what binds an idea; of several slices the first that has something to say."""
    found = [source(idea.id) for source in _SOURCES]
    return Binding(
        next((one.why_not_edit for one in found if one.why_not_edit), ""),
        next((one.why_not_withdraw for one in found if one.why_not_withdraw), ""),
    )


def require_editable(idea: Idea) -> None:
    """:raise WrongState: something binds the idea, so that it cannot be edited"""
    if why_not := binding_of(idea).why_not_edit:
        raise WrongState(why_not)


def require_withdrawable(idea: Idea) -> None:
    """:raise WrongState: something binds the idea, so that it cannot be withdrawn"""
    if why_not := binding_of(idea).why_not_withdraw:
        raise WrongState(why_not)
