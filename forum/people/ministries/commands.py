from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import report_errors
from forum.core.extensions import db
from forum.people.ministries.queries import all_ministries
from forum.people.ministries.services import load_ministries

ministries = AppGroup("ministries", help="소관부처")


def register(app: Flask) -> None:
    app.cli.add_command(ministries)


@ministries.command("load")
@report_errors
def load() -> None:
    """Load data/ministries.csv into the database; safe to run again."""
    click.echo(f"소관부처 {load_ministries()}곳을 읽었습니다.")
    db.session.commit()


@ministries.command("list")
@report_errors
def list_ministries() -> None:
    """List codes and names."""
    for ministry in all_ministries():
        click.echo(f"{ministry.code}\t{ministry.name}")
