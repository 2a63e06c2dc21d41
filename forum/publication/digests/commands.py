from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import as_option, report_errors
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.queries import acting_as
from forum.publication.digests.queries import get_digest, get_file
from forum.publication.digests.services import start_digest
from forum.system.jobs.waiting import max_wait_option, run_or_follow_job
from forum.voice.campaigns.queries import get_campaign

digests = AppGroup("digests", help="정책 보고서")


def register(app: Flask) -> None:
    app.cli.add_command(digests)


@digests.command("build")
@click.option("--campaign", "slug", required=True, metavar="SLUG")
@click.option("--format", "formats", default="html,csv,xlsx,json", show_default=True)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@max_wait_option
@as_option
@report_errors
def build(slug: str, formats: str, out: Path, max_wait: int, as_email: str | None) -> None:
    """Build a digest of the current run and write its files into DIR.

    If a worker has begun the same digest already, that one is waited for and written.
    """
    job = start_digest(get_campaign(slug), acting_as(as_email), formats.split(","))
    _prepare(out)  # before the digest is published: a folder that cannot be written to would leave it in the database
    db.session.commit()
    done = run_or_follow_job(job.id, max_wait, _("만드는 중"))
    _write(done.result["digest_id"], slug, out)


def _prepare(out: Path) -> None:
    """Make the folder, and see that files can be written there.

    :raise InvalidInput: they cannot
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise _unwritable(out, error) from error


def _write(digest_id: int, slug: str, out: Path) -> None:
    """Write the digest's files.

    :raise InvalidInput: a file cannot be written; the digest is stored all the same
    """
    digest = get_digest(digest_id)
    click.echo(f"보고서 {digest.id}번 (분석 회차 {digest.run_id}번)")
    for entry in digest.files:
        file = get_file(digest, entry.format)
        path = out / f"digest-{slug}-{digest.id}.{file.format}"
        try:
            _write_whole(path, file.content)
        except OSError as error:
            raise _unwritable(path, error) from error
        click.echo(f"  {path}\t{file.size_bytes:,} bytes\tsha256 {file.sha256}")


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name and rename it: never a partial report under its name, and nothing left over."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as half:
        try:
            half.write(content)
            half.flush()
            os.chmod(half.name, 0o644)
            os.replace(half.name, path)
        except BaseException:
            os.unlink(half.name)
            raise


def _unwritable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        _("%(path)s에 쓰지 못했습니다: %(reason)s", path=str(path), reason=error.strerror or str(error))
    )
