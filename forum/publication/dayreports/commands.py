from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import as_option, report_errors
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import link_to
from forum.deliberation.joint.queries import get_session
from forum.people.accounts.queries import acting_as
from forum.publication.dayreports.queries import report_of
from forum.publication.dayreports.services import start_report
from forum.system.jobs.waiting import max_wait_option, run_or_follow_job

dayreports = AppGroup("dayreports", help=_("그날 보고서"))


def register(app: Flask) -> None:
    app.cli.add_command(dayreports)


@dayreports.command("build")
@click.argument("session_id", type=click.IntRange(min=1))
@max_wait_option
@as_option
@report_errors
def build(session_id: int, max_wait: int, as_email: str | None) -> None:
    """Build the report of a joint session that has ended, such as after its job failed.

    A report that is there stays as it is. If a worker has begun it already, that one is waited for.
    """
    job = start_report(get_session(session_id), acting_as(as_email))
    db.session.commit()
    if job is None:
        click.echo(_("그날 보고서가 벌써 나와 있어요."))
    else:
        run_or_follow_job(job.id, max_wait, _("그날 보고서를 만드는 중"))
    report = report_of(session_id)
    assert report is not None
    click.echo(link_to("dayreports.show", session_id=session_id))
    for file in report.files:
        click.echo(f"  {file.format}\t{file.size_bytes:,} bytes\tsha256 {file.sha256}")
