"""What a visitor did before they had an account: it is kept in the new account, and done when the address is confirmed.

The slice that the act belongs to registers how it is kept and done, since this wing knows no ideas.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from forum.core.access import Actor
from forum.web.form_recovery import SavedForm


class Waiting(NamedTuple):
    """An act that waits, as pages show it.

    :param button: the words of the button that confirms the address and does it
    :param heading: what it is, such as "올릴 제안"
    """

    button: str
    heading: str
    title: str
    body: str


class Outcome(NamedTuple):
    """Where to go after the act was done or refused, and what to say there."""

    path: str
    message: str


class FirstAct(Protocol):
    """One kind of act that a visitor may begin."""

    def of_form(self, form: SavedForm) -> Waiting | None:
        """Return what a visitor's saved form would do; None if it is the form of something else."""

    def keep(self, account: Actor, form: SavedForm, address: str | None) -> None:
        """Keep a visitor's saved form in a new account. Does nothing with the form of something else."""

    def of_account(self, account: Actor) -> Waiting | None:
        """Return what waits in an account, or None."""

    def do(self, account: Actor, address: str | None) -> Outcome | None:
        """Do what waits in an account; None if nothing does. What is refused stays with its author as a draft."""


_acts: list[FirstAct] = []


def register_first_act(act: FirstAct) -> None:
    """Register a kind of act. Registering the same kind again replaces it."""
    _acts[:] = [known for known in _acts if type(known) is not type(act)] + [act]


def waiting_in_form(form: SavedForm | None) -> Waiting | None:
    """Return what a visitor's saved form would do, or None."""
    return next((found for act in _acts if form and (found := act.of_form(form))), None)


def waiting_in_account(account: Actor) -> Waiting | None:
    """Return what waits in an account until its address is confirmed, or None."""
    return next((found for act in _acts if (found := act.of_account(account))), None)


def keep_for(account: Actor, form: SavedForm, address: str | None) -> None:
    """Keep a visitor's saved form in their new account. The caller commits."""
    for act in _acts:
        act.keep(account, form, address)


def do_what_waits(account: Actor, address: str | None) -> Outcome | None:
    """Do what waits in an account. The caller commits."""
    return next((done for act in _acts if (done := act.do(account, address))), None)
