"""Commands `flask opinions`: compute common ground now; votes out and statements in, in Polis' format."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from forum.analysis.opinions.polis_commands import export, import_statements
from forum.analysis.opinions.queries import current_snapshot, group_name
from forum.analysis.opinions.services import start_snapshot
from forum.core.cli import as_option, report_errors
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.people.accounts.queries import acting_as
from forum.system.jobs.waiting import max_wait_option, run_or_follow_job
from forum.voice.campaigns.queries import get_campaign

opinions = AppGroup("opinions", help=_("의견 갈래와 공감대"))
opinions.add_command(export)
opinions.add_command(import_statements)


def register(app: Flask) -> None:
    app.cli.add_command(opinions)


@opinions.command("snapshot")
@click.option("--campaign", "slug", required=True, metavar="SLUG")
@click.option("--wait", is_flag=True, help=_("끝까지 기다려 결과를 보여 줘요. 없으면 작업자에게 맡겨요."))
@max_wait_option
@as_option
@report_errors
def snapshot(slug: str, wait: bool, max_wait: int, as_email: str | None) -> None:
    """Find the opinion groups and common ground of a campaign's votes, and publish them.

    With --wait it is done here; if a worker has begun it already, that worker's snapshot is waited for and shown.
    """
    campaign = get_campaign(slug)
    job = start_snapshot(campaign, acting_as(as_email))
    db.session.commit()
    if not wait:
        click.echo(_("공감대 작업 %(n)s번을 맡겼어요. 진행은 /jobs/%(n)s 에서 봐요.", n=job.id))
        return
    run_or_follow_job(job.id, max_wait, _("공감대를 계산하는 중"))
    made = current_snapshot(campaign.id)
    assert made is not None  # the job has published one
    click.echo(
        _(
            "공감대 %(number)s회차: %(people)s명이 제안 %(ideas)s건에 남긴 표 %(votes)s개",
            number=made.number,
            people=thousands(made.n_people),
            ideas=thousands(made.n_ideas),
            votes=thousands(made.n_votes),
        )
    )
    for group in made.groups:
        click.echo(f"  {group_name(group.number)}: " + _("%(n)s명", n=thousands(group.size)))
