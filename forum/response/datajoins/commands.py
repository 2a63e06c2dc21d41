from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import as_option, report_errors
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.queries import acting_as
from forum.response.datafiles.commands import GROUP
from forum.response.datajoins.queries import files_given_out
from forum.response.datajoins.services import ask_again
from forum.system.jobs.waiting import max_wait_option, run_or_follow_job


def register(app: Flask) -> None:
    """Add the command to the group of datasets, which a slice below may have made."""
    group = app.cli.commands.get(GROUP)
    if not isinstance(group, AppGroup):
        group = AppGroup(GROUP, help=_("공익데이터"))
        app.cli.add_command(group)
    group.add_command(measure_joins)


@click.command("measure-joins")
@max_wait_option
@as_option
@report_errors
def measure_joins(max_wait: int, as_email: str | None) -> None:
    """Measure again how few rows of each file are alike for whoever has another file too."""
    actor = acting_as(as_email)
    jobs = ask_again(files_given_out(), actor)
    db.session.commit()
    for job_id in jobs:
        run_or_follow_job(job_id, max_wait, _("이어 붙여 보는 중"))
    click.echo(_("파일 %(n)s개를 다시 쟀어요.", n=len(jobs)))
