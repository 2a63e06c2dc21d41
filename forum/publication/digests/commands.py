from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from tqdm import tqdm

from forum.core.cli import as_option, fail, report_errors
from forum.core.extensions import db
from forum.people.accounts.queries import acting_as
from forum.publication.digests.queries import get_digest, get_file
from forum.publication.digests.services import start_digest
from forum.system.jobs.models import JobState
from forum.system.jobs.progress import on_progress
from forum.system.jobs.queries import get_job
from forum.system.jobs.runner import run_job
from forum.voice.campaigns.queries import get_campaign

digests = AppGroup("digests", help="정책 다이제스트")


def register(app: Flask) -> None:
    app.cli.add_command(digests)


@digests.command("build")
@click.option("--campaign", "slug", required=True, metavar="SLUG")
@click.option("--format", "formats", default="html,csv,xlsx,json", show_default=True)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@as_option
@report_errors
def build(slug: str, formats: str, out: Path, as_email: str | None) -> None:
    """Build a digest of the current run and write its files into DIR."""
    job = start_digest(get_campaign(slug), acting_as(as_email), formats.split(","))
    db.session.commit()
    job_id = job.id
    with tqdm(total=100, unit="%", desc="만드는 중") as bar, on_progress(lambda s: bar.update(int(s * 100) - bar.n)):
        state = run_job(job_id)
    ended = get_job(job_id)
    if state is not JobState.DONE:
        fail(ended.error or "다른 작업자가 이 다이제스트를 만들고 있습니다.")
    _write(ended.result["digest_id"], slug, out)


def _write(digest_id: int, slug: str, out: Path) -> None:
    digest = get_digest(digest_id)
    out.mkdir(parents=True, exist_ok=True)
    click.echo(f"다이제스트 {digest.id}번 (분석 회차 {digest.run_id}번)")
    for entry in digest.files:
        file = get_file(digest, entry.format)
        path = out / f"digest-{slug}-{digest.id}.{file.format}"
        with tempfile.NamedTemporaryFile(
            dir=out, delete=False
        ) as half:  # rename when complete: never a partial report under its name
            half.write(file.content)
        os.chmod(half.name, 0o644)
        os.replace(half.name, path)
        click.echo(f"  {path}\t{file.size_bytes:,} bytes\tsha256 {file.sha256}")
