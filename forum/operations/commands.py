from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from forum.audit.queries import head, read_heads, verify
from forum.audit.services import seal_entries
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


@forum.group("audit")
def audit() -> None:
    """The chain over what the staff did: seal it, print its head, walk along it."""


@audit.command("seal")
def audit_seal() -> None:
    """Seal the entries that wait; the worker does this every minute."""
    click.echo(f"기록 {seal_entries():,}건을 봉인했습니다. 머리: {head()}")


@audit.command("head")
def audit_head() -> None:
    """Print the newest link, one line to keep somewhere else: flask forum audit head >> /elsewhere/heads."""
    with reading():
        click.echo(str(head()))


@audit.command("verify")
@click.option(
    "--head", "kept", default=None, metavar="FILE|LINE", help="밖에 적어 둔 머리: 파일(한 줄에 하나) 또는 한 줄"
)
@in_words
def audit_verify(kept: str | None) -> None:
    """Walk the chain from its first link; name the first bad row and exit with 1."""
    with reading():
        heads = read_heads(Path(kept).read_text() if Path(kept).is_file() else kept) if kept else []
        verdict = verify(heads)
    click.echo(
        f"봉인 {verdict.n_links:,}개를 보았습니다. 머리: {verdict.head}. 봉인을 기다리는 기록 {verdict.n_unsealed:,}건."
    )
    if verdict.fault:
        click.echo(f"오류: {verdict.fault}", err=True)
        raise SystemExit(1)
    click.echo("모두 이어집니다." + (f" 밖에 적어 둔 머리 {len(heads)}개도 그대로입니다." if heads else ""))
