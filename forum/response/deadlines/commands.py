from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import report_errors
from forum.response.deadlines.tasks import keep_clocks

deadlines = AppGroup("deadlines", help="답변 기한")


def register(app: Flask) -> None:
    app.cli.add_command(deadlines)


@deadlines.command("keep")
@report_errors
def keep() -> None:
    """Deem letters received, resume clocks, send reminders; the worker does this every minute."""
    click.echo(f"기한에 따라 한 일 {keep_clocks()}건")
