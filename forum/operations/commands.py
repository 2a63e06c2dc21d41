from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from forum.cli import in_words
from forum.database import reading
from forum.operations.queries import SHOWN, has_sample_accounts, recount
from forum.operations.services import empty_database, prepare_database
from forum.sample.services import SIGN_INS, has_campaigns, is_half_loaded, load_sample

forum = AppGroup("forum", help="차리기와 점검")


def register(app: Flask) -> None:
    app.cli.add_command(forum)


@forum.command("setup")
@click.option("--sample/--no-sample", default=None, help="표본 포럼을 넣을지. 기본: 개발 환경이고 비어 있을 때만")
@in_words
def setup(sample: bool | None) -> None:
    """Make or update the database; in development, fill an empty one with the sample forum. Safe to run again."""
    click.echo(f"데이터베이스를 준비했습니다. 소관부처 {prepare_database()}곳.")
    if is_half_loaded():
        click.echo("표본 포럼을 넣다가 멈춘 자리가 있어 비우고 다시 넣습니다.")
        empty_database()
    wanted = current_app.config["ENVIRONMENT"] == "development" if sample is None else sample
    if wanted and not has_campaigns():
        click.echo("표본 포럼을 넣고 분석합니다. 1분쯤 걸립니다.")
        for line in load_sample():
            click.echo(f"  {line}")


@forum.command("sign-ins")
def sign_ins() -> None:
    """Print the sample forum's sign-ins, one per role; nothing where there is no sample."""
    if not has_sample_accounts():
        return
    click.echo("로그인 (표본 계정):")
    for role, email, password in SIGN_INS:
        click.echo(f"  {role}\t{email}\t{password}")


@forum.command("check")
def check() -> None:
    """Recount tallies and states; exit with 1 on any difference."""
    with reading():
        findings = recount()
    for finding in findings:
        verdict = f"다른 곳 {len(finding.differences)}군데" if finding.differences else "맞음"
        click.echo(f"{finding.name}: {finding.looked_at:,}건을 보았습니다. {verdict}")
        for line in finding.differences[:SHOWN]:
            click.echo(f"  - {line}")
    if any(finding.differences for finding in findings):
        raise SystemExit(1)
