from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from tqdm import tqdm

from forum.core.cli import as_option, report_errors
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.people.accounts.queries import acting_as
from forum.voice.campaigns.queries import get_campaign
from forum.voice.ideas.importing import open_source, write_rejects
from forum.voice.ideas.tasks import decode_existing, import_ideas, mask_existing, reindex

ideas = AppGroup("ideas", help="제안")


def register(app: Flask) -> None:
    app.cli.add_command(ideas)


@ideas.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--campaign", "slug", required=True, metavar="SLUG")
@click.option("--rejects", type=click.Path(path_type=Path), help="받지 못한 줄을 적을 CSV (기본: FILE.rejects.csv)")
@as_option
@report_errors
def import_command(file: Path, slug: str, rejects: Path | None, as_email: str | None) -> None:
    """Import proposals from a CSV or JSONL FILE. Running it again imports nothing twice."""
    actor, campaign = acting_as(as_email), get_campaign(slug)
    source = open_source(file, current_app.config["IMPORT_MAX_BYTES"])
    with tqdm(total=source.n_rows, unit="건", desc="가져오는 중") as bar:
        report = import_ideas(campaign, actor, source, bar.update)
    click.echo(f"{report.n_rows:,}줄 가운데 {report.imported:,}건을 새로 가져왔습니다.")
    click.echo(f"  이미 있던 제안 {report.already_there:,}건, 본문이 없는 제안 {report.without_body:,}건")
    if report.rejected:
        rejects = rejects or Path(file.name + ".rejects.csv")
        write_rejects(rejects, report.rejected)
        click.echo(f"  받지 못한 줄 {len(report.rejected):,}건은 {rejects} 파일에 까닭과 함께 적었습니다.")


@ideas.command("mask")
@report_errors
def mask_command() -> None:
    """Mask personal data in texts of earlier versions; run it after each update."""
    with tqdm(unit="건", desc="살피는 중") as bar:
        masked = mask_existing(bar.update)
    click.echo(f"개인정보로 보이는 곳이 있는 글 {masked:,}건을 가렸습니다.")


@ideas.command("decode")
@report_errors
def decode_command() -> None:
    """Decode HTML entities (&#34;, &nbsp;) in texts of earlier versions; run it after an update."""
    with tqdm(unit=_("건"), desc=_("살피는 중")) as bar:
        changed = decode_existing(bar.update)
    click.echo(_("글자로 풀리지 않은 부호가 있던 글 %(n)s건을 고쳤어요.", n=thousands(changed)))


@ideas.command("reindex")
@report_errors
def reindex_command() -> None:
    """Recompute the full-text tokens of older versions."""
    click.echo(f"찾기 색인을 {reindex():,}건 새로 만들었습니다.")
