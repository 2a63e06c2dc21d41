from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import as_option, report_errors
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.people.accounts.queries import acting_as
from forum.publication.digests.formats import FORMATS
from forum.publication.digests.kinds import digest_title, file_names
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.queries import get_digest, get_file
from forum.publication.digests.services import start_digest
from forum.system.jobs.waiting import max_wait_option, run_or_follow_job
from forum.voice.campaigns.queries import get_campaign

digests = AppGroup("digests", help="정책 보고서")
ALL_FORMATS = "all"


def register(app: Flask) -> None:
    app.cli.add_command(digests)


@digests.command("build")
@click.option("--campaign", "slug", required=True, metavar="SLUG")
@click.option("--kind", default="campaign", show_default=True, metavar="campaign|ministry|theme")
@click.option("--ministry", default="", metavar="CODE", help=_l("소관부처 보고서의 부처"))
@click.option("--theme", default="", metavar="ID", help=_l("주제 요약의 정책 주제"))
@click.option("--period", default="all", show_default=True, metavar="all|week|month|phase|custom")
@click.option("--phase", default="", metavar="PHASE", help=_l("기간이 phase일 때의 단계"))
@click.option("--from", "from_day", default="", metavar="DAY", help=_l("기간이 custom일 때의 첫날, 2026-11-01처럼"))
@click.option("--to", "to_day", default="", metavar="DAY", help=_l("기간이 custom일 때의 마지막 날"))
@click.option("--format", "formats", default=ALL_FORMATS, show_default=True, metavar="all|pdf,hwpx,…")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@max_wait_option
@as_option
@report_errors
def build(slug: str, out: Path, max_wait: int, as_email: str | None, **typed: str) -> None:
    """Build a digest of the current run and write its files into DIR.

    If a worker has begun the same digest already, that one is waited for and written.
    """
    campaign, actor = get_campaign(slug), acting_as(as_email)
    job = start_digest(campaign, actor, _request(**typed))
    _prepare(out)  # before the digest is published: a folder that cannot be written to would leave it in the database
    db.session.commit()
    done = run_or_follow_job(job.id, max_wait, _("만드는 중"))
    _write(done.result["digest_id"], out)
    if "newer_run" in done.result:
        newer = done.result["newer_run"]
        click.echo(
            _("만드는 동안 분석 회차 %(newer)d번이 끝났어요. 이 보고서는 그 앞의 회차로 만들었어요.", newer=newer)
        )


def _request(*, formats: str, from_day: str, to_day: str, **typed: str) -> DigestRequest:
    """:raise InvalidInput: with the option's name"""
    names = list(FORMATS) if formats.strip().lower() == ALL_FORMATS else formats.split(",")
    return DigestRequest.typed(**typed, from_day=_day("from", from_day), to_day=_day("to", to_day), formats=names)


def _day(option: str, typed: str) -> date | None:
    """Return the day that was typed, None for nothing.

    :raise InvalidInput: it is no day
    """
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise InvalidInput({option: _("날짜를 2014-03-01처럼 써 주세요.")}) from None


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


def _write(digest_id: int, out: Path) -> None:
    """Write the digest's files.

    :raise InvalidInput: a file cannot be written; the digest is stored all the same
    """
    digest = get_digest(digest_id)
    about = {"title": digest_title(digest), "number": digest.id, "run": digest.run_id}
    click.echo(_("%(title)s, 보고서 %(number)d번 (분석 회차 %(run)d번)", **about))
    for entry in digest.files:
        file = get_file(digest, entry.format)
        path = out / file_names(digest, file.format)[1]
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
