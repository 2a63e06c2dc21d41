from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from forum.response.referrals.states import state_diagram

referrals = AppGroup("referrals", help="전달과 답변")


def register(app: Flask) -> None:
    app.cli.add_command(referrals)


@referrals.command("states")
def states() -> None:
    """Draw the table of states as a Mermaid diagram; docs/referral-states.md holds it."""
    click.echo(state_diagram(), nl=False)
