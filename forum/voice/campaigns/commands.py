from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import as_option, report_errors
from forum.core.extensions import db
from forum.core.korean import day
from forum.people.accounts.queries import acting_as
from forum.voice.campaigns.models import CampaignKind
from forum.voice.campaigns.queries import all_campaigns
from forum.voice.campaigns.services import add_campaign

campaigns = AppGroup("campaigns", help="포럼과 그 단계")


def register(app: Flask) -> None:
    app.cli.add_command(campaigns)


@campaigns.command("add")
@click.option("--slug", required=True, help="주소에 쓰일 이름: 영어 소문자, 숫자, 붙임표")
@click.option("--title", required=True)
@click.option("--kind", type=click.Choice(["forum", "everyday"]), default="forum", show_default=True)
@click.option("--summary", default="")
@as_option
@report_errors
def add(slug: str, title: str, kind: str, summary: str, as_email: str | None) -> None:
    """Create a campaign whose phases open now; the admin page changes their dates."""
    campaign = add_campaign(acting_as(as_email), slug, title, CampaignKind[kind.upper()], summary)
    db.session.commit()
    click.echo(f"포럼을 만들었습니다: {campaign.slug} ({campaign.title})")
    for phase in campaign.phases:
        click.echo(f"  {phase.kind.label}: {day(phase.opens_at)} ~ {day(phase.closes_at) or '계속'}")


@campaigns.command("list")
@report_errors
def list_campaigns() -> None:
    """List all campaigns."""
    for campaign in all_campaigns():
        click.echo(f"{campaign.slug}\t{campaign.kind.label}\t{campaign.title}")
