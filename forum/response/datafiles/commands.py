from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import as_option, report_errors
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import link_to
from forum.people.accounts.queries import acting_as
from forum.response.datafiles.models import DataFile, DataFileState
from forum.response.datafiles.queries import check_job
from forum.response.datafiles.uploads import add_file
from forum.response.datafiles.wording import problem_lines
from forum.response.datasets.queries import current_version
from forum.system.jobs.waiting import max_wait_option, run_or_follow_job

GROUP = "datasets"


def register(app: Flask) -> None:
    """Add the command to the group of datasets, which a slice below may have made."""
    group = app.cli.commands.get(GROUP)
    if not isinstance(group, AppGroup):
        group = AppGroup(GROUP, help=_("공익데이터"))
        app.cli.add_command(group)
    group.add_command(add)


@click.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dataset", "dataset_id", type=click.IntRange(min=1), required=True, help=_("자료의 번호"))
@max_wait_option
@as_option
@report_errors
def add(file: Path, dataset_id: int, max_wait: int, as_email: str | None) -> None:
    """Add a CSV file to the newest published version of a dataset, check it, and publish it if nothing is wrong.

    The file is copied in pieces; it may be hundreds of MB.
    """
    version = current_version(dataset_id)
    if version is None:
        raise WrongState(_("공개한 판이 없는 자료예요. 데이터 사전을 쓰고 판을 먼저 공개해 주세요."))
    with file.open("rb") as body:
        added = add_file(version, acting_as(as_email), file.name, body)
    file_id, db_job = added.id, check_job(added.id)
    assert db_job is not None
    job_id = db_job.id
    db.session.commit()
    run_or_follow_job(job_id, max_wait, _("파일을 검사하는 중"))
    added = db.session.get_one(DataFile, file_id, populate_existing=True)
    for line in problem_lines(added.report):
        click.echo("  " + "\t".join(filter(None, (line.column, line.words, line.rows))))
    if added.state is not DataFileState.READY:
        raise WrongState(_("검사에서 걸려 받지 않았어요. 위의 것을 고쳐 다시 올려 주세요."))
    click.echo(link_to("datafiles.show", file_id=file_id))
    click.echo(f"  {added.n_rows:,} rows\tk={added.k or '-'}\tsha256 {added.sha256}")
