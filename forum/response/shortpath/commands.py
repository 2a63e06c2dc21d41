from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import report_errors
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.response.shortpath.queries import has_checks, unchecked_ideas
from forum.response.shortpath.services import start_missing_check
from forum.response.shortpath.tasks import keep_checks
from forum.voice.campaigns.queries import get_campaign

checks = AppGroup("checks", help=str(_l("일상 제안의 확인")))


def register(app: Flask) -> None:
    app.cli.add_command(checks)


@checks.command("start")
@click.argument("slug")
@report_errors
def start(slug: str) -> None:
    """Start today the checks of open ideas of one campaign that have none: imported ones, and those from before."""
    campaign = get_campaign(slug)
    ideas = unchecked_ideas(campaign.id) if has_checks(campaign) else []
    started = 0
    for idea in ideas:
        started += start_missing_check(idea)
        db.session.commit()
    click.echo(_("확인을 시작한 제안 %(n)d건", n=started))


@checks.command("keep")
@report_errors
def keep() -> None:
    """Close and open checks as their ideas are gone or back, and remind analysts; the worker does this every minute."""
    click.echo(_("확인에 대해 한 일 %(n)d건", n=keep_checks()))
