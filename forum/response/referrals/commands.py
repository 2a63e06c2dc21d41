from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import report_errors
from forum.response.referrals.states import state_diagram

referrals = AppGroup("referrals", help="전달과 답변")


def register(app: Flask) -> None:
    app.cli.add_command(referrals)


@referrals.command("states")
@report_errors
def states() -> None:
    """Print the table of states as a Mermaid diagram, as in docs/referral-states.md."""
    click.echo(state_diagram(), nl=False)
