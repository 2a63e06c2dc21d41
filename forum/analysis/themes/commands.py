"""Commands `flask themes`: run the analysis, list themes."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from forum.analysis.themes.models import Granularity, ThemeRun
from forum.analysis.themes.queries import get_run, themes_of, unthemed_counts
from forum.analysis.themes.services import start_run
from forum.core.cli import as_option, report_errors
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.queries import acting_as
from forum.system.jobs.waiting import max_wait_option, run_or_follow_job
from forum.voice.campaigns.queries import get_campaign

themes = AppGroup("themes", help="분석과 정책 주제")


def register(app: Flask) -> None:
    app.cli.add_command(themes)


@themes.command("run")
@click.option("--campaign", "slug", required=True, metavar="SLUG")
@click.option("--wait", is_flag=True, help="끝까지 기다려 결과를 보여 줍니다. 없으면 작업자에게 맡깁니다.")
@max_wait_option
@click.option(
    "--granularity",
    type=click.Choice([one.name.lower() for one in Granularity]),
    default="normal",
    help="broad 넓게, normal 보통, fine 세밀하게",
)
@as_option
@report_errors
def run(slug: str, wait: bool, max_wait: int, granularity: str, as_email: str | None) -> None:
    """Analyse a campaign's ideas and make the result its current run.

    With --wait it is done here; if a worker has begun it already, that worker's run is waited for and shown.
    """
    campaign = get_campaign(slug)
    job = start_run(campaign, acting_as(as_email), Granularity[granularity.upper()])
    db.session.commit()
    if not wait:
        click.echo(f"분석 작업 {job.id}번을 맡겼습니다. 진행은 /jobs/{job.id} 에서 봅니다.")
        return
    done = run_or_follow_job(job.id, max_wait, _("분석하는 중"))
    _print_run(get_run(done.result["run_id"]))


def _print_run(found: ThemeRun) -> None:
    n_without_body = len(found.parameters.get("no_body", []))
    click.echo(f"분석 회차 {found.id}번: 제안 {found.n_ideas:,}건에서 묶음 {len(found.clusters):,}개를 찾았습니다.")
    for cluster in found.clusters:
        words = ", ".join(keyword["word"] for keyword in cluster.keywords[:5])
        click.echo(f"  {cluster.number:3}. {cluster.title} ({cluster.size:,}건) — {words}")
    for reason, count in unthemed_counts(found).items():
        click.echo(f"  묶이지 않음: {reason.label} {count:,}건")
    click.echo(f"  뜻도 견준 제안 {found.n_with_vectors:,}건 ({found.encoder or '낱말로만'})")
    click.echo(f"  본문이 없어 제목으로만 읽은 제안 {n_without_body:,}건")


@themes.command("list")
@click.option("--campaign", "slug", required=True, metavar="SLUG")
@report_errors
def list_themes(slug: str) -> None:
    """List a campaign's themes with their states."""
    for theme in themes_of(get_campaign(slug)):
        click.echo(f"{theme.id}\t{theme.state.label}\t{theme.title}")
