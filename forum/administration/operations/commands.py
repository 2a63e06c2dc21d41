from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from forum.administration.operations.archive import Manifest
from forum.administration.operations.backup import write_backup
from forum.administration.operations.blob_checks import bytes_of_blobs
from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import MAX_SHOWN, has_sample_accounts, recount
from forum.administration.operations.services import (
    accept_rows,
    prepare_database,
    rebuild_database,
    record_backup,
    restore_backup,
)
from forum.core.access import SYSTEM, Actor
from forum.core.cli import as_option, report_errors
from forum.core.database import begin_snapshot, reading
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import day
from forum.development.sample.loader import has_campaigns, is_half_loaded, load_sample
from forum.development.sample.people import SIGN_INS
from forum.people.accounts.queries import acting_as
from forum.system.audit.queries import chain_head, parse_heads, verify_chain
from forum.system.audit.tasks import seal_all_entries
from forum.system.blobs.services import copy_blobs, take_store
from forum.system.pauses.queries import all_pauses, get_pause
from forum.system.pauses.services import end_pause, set_pause

forum = AppGroup("forum", help="차리기와 점검")


def register(app: Flask) -> None:
    app.cli.add_command(forum)


@forum.command("setup")
@click.option("--sample/--no-sample", default=None, help="예시 포럼을 넣을지. 기본: 개발 환경이고 비어 있을 때만")
@report_errors
def setup(sample: bool | None) -> None:
    """Make or update the database; in development, fill an empty one with the sample forum. Safe to run again."""
    n_ministries = prepare_database()
    db.session.commit()
    click.echo(f"데이터베이스를 준비했습니다. 소관부처 {n_ministries}곳.")
    if is_half_loaded():
        click.echo("예시 포럼을 넣다가 멈춘 자리가 있어 비우고 다시 넣습니다.")
        rebuild_database()
        db.session.commit()
    wanted = current_app.config["ENVIRONMENT"] == "development" if sample is None else sample
    if wanted and not has_campaigns():
        click.echo("예시 포럼을 넣고 분석합니다. 1분쯤 걸립니다.")
        for line in load_sample():
            click.echo(f"  {line}")


@forum.command("sign-ins")
@report_errors
def sign_ins() -> None:
    """Print the sample forum's sign-ins, one per role; nothing where there is no sample."""
    if not has_sample_accounts():
        return
    click.echo("로그인 (예시 계정):")
    for role, email, password in SIGN_INS:
        click.echo(f"  {role}\t{email}\t{password}")


@forum.command("check")
@click.option("--blobs", "reads_blobs", is_flag=True, help="also read the bytes of all photos, which may take long")
@report_errors
def check(reads_blobs: bool) -> None:
    """Recount tallies and states, and compare rows with the audit; exit with 1 on any difference."""
    with reading():
        begin_snapshot(db.session)
        findings = recount() + recorded_rows() + ([bytes_of_blobs()] if reads_blobs else [])
    for finding in findings:
        result = f"다른 곳 {len(finding.differences)}군데" if finding.differences else "맞음"
        click.echo(f"{finding.name}: {finding.n_checked:,}건을 보았습니다. {result}")
        for line in finding.differences[:MAX_SHOWN]:
            click.echo(f"  - {line}")
    if any(finding.differences for finding in findings):
        raise SystemExit(1)


@forum.command("accept")
@click.argument("kind")
@click.argument("keys", metavar="NUMBER...", nargs=-1, required=True, type=int)
@click.option("--reason", required=True, metavar="TEXT")
@as_option
@report_errors
def accept(kind: str, keys: tuple[int, ...], reason: str, as_email: str | None) -> None:
    """Record that rows which `check` names stand rightly as they are; the audit says who accepted them."""
    n_rows = accept_rows(acting_as(as_email), kind, keys, reason)
    db.session.commit()
    click.echo(
        _("%(n)s줄을 지금 있는 그대로 감사 기록에 적었습니다. 없는 줄 %(gone)s개.", n=n_rows, gone=len(keys) - n_rows)
    )


@forum.group("pause")
def pause() -> None:
    """Election pauses: days on which gatherings and mailings stop (docs/gatherings.md)."""


@pause.command("set")
@click.option("--name", required=True, metavar="TEXT")
@click.option("--from", "begins_on", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DAY")
@click.option("--to", "ends_on", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DAY")
@click.option("--note", default="", metavar="TEXT")
@as_option
@report_errors
def pause_set(name: str, begins_on: datetime, ends_on: datetime, note: str, as_email: str | None) -> None:
    """Set a pause from the first to the last day, both included, in Seoul."""
    made = set_pause(acting_as(as_email), name, begins_on.date(), ends_on.date(), note)
    db.session.commit()
    words = {"id": made.id, "name": made.name, "first": day(made.begins_on), "last": day(made.ends_on)}
    click.echo(_("선거 기간 쉼 %(id)s번을 정했습니다: %(name)s, %(first)s ~ %(last)s", **words))


@pause.command("end")
@click.argument("pause_id", metavar="NUMBER", type=int)
@as_option
@report_errors
def pause_end(pause_id: int, as_email: str | None) -> None:
    """End a pause early. Mailings that waited are sent."""
    end_pause(get_pause(pause_id), acting_as(as_email))
    db.session.commit()
    click.echo(_("선거 기간 쉼 %(id)s번을 끝냈습니다.", id=pause_id))


@pause.command("list")
@report_errors
def pause_list() -> None:
    """List the pauses: number, first and last day, state, name."""
    for one in all_pauses():
        state = _("쉬는 중") if one.is_in_force else _("끝남") if one.is_over else _("아직 시작하지 않음")
        click.echo(f"{one.id}\t{one.begins_on}\t{one.ends_on}\t{state}\t{one.name}")


@forum.group("blobs")
def blobs() -> None:
    """The store of people's photos (docs/everyday.md)."""


@blobs.command("copy")
@click.argument("to", metavar="FOLDER|s3://BUCKET/PREFIX")
@as_option
@report_errors
def blobs_copy(to: str, as_email: str | None) -> None:
    """Copy all photos into another store while the forum runs; then set BLOB_STORE, restart, and run it again."""
    copied = copy_blobs(acting_as(as_email), to)
    db.session.commit()
    lost, n_there = [], 0
    for sha256, is_there in copied:
        n_there += is_there
        lost += [] if is_there else [sha256]
    click.echo(_("파일 %(n)s개가 그곳에 있습니다.", n=f"{n_there:,}"))
    for sha256 in lost:
        click.echo(_("지금 보관소에 없거나 바뀐 파일: %(name)s", name=sha256), err=True)
    if lost:
        raise SystemExit(1)


@blobs.command("own")
@as_option
@report_errors
def blobs_own(as_email: str | None) -> None:
    """Make the store this forum's, so that it deletes what nothing uses; after a restore under another SECRET_KEY."""
    take_store(acting_as(as_email))
    db.session.commit()
    click.echo(_("파일 보관소를 이 포럼의 것으로 적었습니다."))


@forum.group("audit")
def audit() -> None:
    """The chain over the audit entries: seal it, print its head, verify it."""


@audit.command("seal")
@report_errors
def audit_seal() -> None:
    """Seal the entries that wait; the worker does this every minute."""
    click.echo(f"기록 {seal_all_entries():,}건을 봉인했습니다. 머리: {chain_head()}")


@audit.command("head")
@report_errors
def audit_head() -> None:
    """Print the newest link, one line to keep somewhere else: flask forum audit head >> /elsewhere/heads."""
    with reading():
        click.echo(str(chain_head()))


@audit.command("verify")
@click.option(
    "--head", "kept", default=None, metavar="FILE|LINE", help="밖에 적어 둔 머리: 파일(한 줄에 하나) 또는 한 줄"
)
@report_errors
def audit_verify(kept: str | None) -> None:
    """Walk the chain from its first link; name the first bad row and exit with 1."""
    with reading():
        heads = parse_heads(Path(kept).read_text() if Path(kept).is_file() else kept) if kept else []
        report = verify_chain(heads)
    click.echo(
        f"봉인 {report.n_links:,}개를 보았습니다. 머리: {report.head}. 봉인을 기다리는 기록 {report.n_unsealed:,}건."
    )
    if report.error:
        click.echo(f"오류: {report.error}", err=True)
        raise SystemExit(1)
    click.echo("모두 이어집니다." + (f" 밖에 적어 둔 머리 {len(heads)}개도 그대로입니다." if heads else ""))


@forum.command("backup")
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@as_option
@report_errors
def backup(path: Path, as_email: str | None) -> None:
    """Write everything into a new FILE while the forum runs, as of one moment."""
    manifest, sha256 = make_backup(path, acting_as(as_email))
    click.echo(f"{path}: 표 {len(manifest.tables)}개, {manifest.rows:,}줄, {path.stat().st_size:,} bytes")
    click.echo(f"sha256 {sha256}")
    for name in manifest.missing_blobs:
        click.echo(_("파일 보관소가 잃은 파일이라 들어 있지 않습니다: %(name)s", name=name), err=True)
    click.echo(f"감사 기록의 머리 {manifest.audit_head.get('seq', 0)} {manifest.audit_head.get('hash', '')}".rstrip())
    click.echo("개인정보가 모두 들어 있습니다. SECRET_KEY와 SECURITY_PASSWORD_SALT는 들어 있지 않으니 따로 두세요.")


def make_backup(path: Path, actor: Actor) -> tuple[Manifest, str]:
    """Record who takes the backup, commit, then write it.

    :return: the manifest, and the file's SHA-256
    :raise Forbidden: only admins
    :raise InvalidInput: the file exists or cannot be written
    :raise WrongState: the database is at another migration
    """
    record_backup(actor)
    db.session.commit()
    return write_backup(path)


@forum.command("restore")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sha256", default="", metavar="HEX", help="백업할 때 적어 둔 파일의 SHA-256. 다르면 되살리지 않습니다.")
@click.option("--send-mail", is_flag=True, help="기다리던 우편을 보냅니다. 없으면 보내지 못한 우편 목록에 멈춰 둡니다.")
@report_errors
def restore(path: Path, sha256: str, send_mail: bool) -> None:
    """Fill an empty database from FILE: all of it, or nothing."""
    manifest = restore_backup(path, SYSTEM, sha256, send_mail=send_mail)
    db.session.commit()
    click.echo(f"{manifest.made_at}의 백업에서 표 {len(manifest.tables)}개, {manifest.rows:,}줄을 되살렸습니다.")
    click.echo("이어서 ‘flask forum check’와 ‘flask forum audit verify’로 확인해 주세요.")
