"""Commands `flask opinions export` and `import-statements`: votes out, and statements in, in Polis' format."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from tqdm import tqdm

from forum.analysis.opinions.polis_export import PolisExport, export_votes, file_name
from forum.analysis.opinions.polis_files import unique_words
from forum.analysis.opinions.polis_import import open_statements
from forum.analysis.opinions.services import FileGround, ground_of_file
from forum.core.cli import as_option, report_errors
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.files import make_private_folder
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.people.accounts.queries import acting_as
from forum.voice.campaigns.queries import get_campaign
from forum.voice.ideas.importing import SourceFile, write_rejects
from forum.voice.ideas.tasks import import_ideas

SHOWN = 5  # statements of a compared file


@click.command("export")
@click.option("--campaign", "slug", required=True, metavar="SLUG")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@with_appcontext
@as_option
@report_errors
def export(slug: str, out: Path, as_email: str | None) -> None:
    """Write a campaign's votes in Polis' format into a ZIP in DIR, readable for its owner alone."""
    campaign, actor = get_campaign(slug), acting_as(as_email)
    _prepare(out)  # before the entry: a folder that cannot be written to would leave one about no file
    made = export_votes(campaign, actor)
    with made.file:
        db.session.commit()
        path = out / file_name(campaign, made)
        _write(made, path)
    counts = made.counts
    click.echo(f"{path}\tsha256 {made.sha256}")
    click.echo(
        _(
            "사람 %(people)s명, 제안 %(ideas)s건, 투표 %(votes)s개",
            people=thousands(counts.n_people),
            ideas=thousands(counts.n_ideas),
            votes=thousands(counts.n_votes),
        )
    )
    click.echo(unique_words(counts))


@click.command("import-statements")
@click.option("--campaign", "slug", required=True, metavar="SLUG")
@click.option("--comments", required=True, type=click.Path(path_type=Path), metavar="comments.csv")
@click.option("--conversation", metavar="NAME", help=_("대화의 이름. 없으면 옆의 summary.csv에서 읽어요"))
@click.option("--votes", type=click.Path(path_type=Path), metavar="participants-votes.csv")
@click.option("--rejects", type=click.Path(path_type=Path), help=_("받지 못한 줄을 적을 CSV"))
@with_appcontext
@as_option
@report_errors
def import_statements(
    slug: str, comments: Path, conversation: str | None, votes: Path | None, rejects: Path | None, as_email: str | None
) -> None:
    """Make ideas of the accepted statements of a Polis conversation. Running it again imports nothing twice.

    Votes never become votes here. With --votes their groups and common ground are computed and printed.
    """
    actor, campaign = acting_as(as_email), get_campaign(slug)
    source = open_statements(comments, conversation, current_app.config["IMPORT_MAX_BYTES"])
    compared = ground_of_file(votes, comments) if votes else None  # before anything is stored: it may be refused
    with tqdm(total=source.n_rows, unit=_("건"), desc=_("가져오는 중")) as bar:
        report = import_ideas(campaign, actor, source, bar.update)
    counts = {
        "all": thousands(report.n_rows),
        "new": thousands(report.imported),
        "old": thousands(report.already_there),
    }
    click.echo(_("%(all)s줄 가운데 %(new)s건을 새로 가져왔어요. 이미 있던 제안은 %(old)s건이에요.", **counts))
    if report.rejected:
        rejects = rejects or Path(comments.name + ".rejects.csv")
        write_rejects(rejects, report.rejected)
        n_rejected = thousands(len(report.rejected))
        click.echo(_("받지 못한 줄 %(n)s건은 %(file)s 파일에 까닭과 함께 적었어요.", n=n_rejected, file=rejects))
    click.echo(
        _("투표는 가져오지 않았어요. 그 파일의 사람들은 이 포럼에 계정이 없고, 여기서는 한 사람이 계정 하나예요.")
    )
    if compared:
        _print(compared, source)


def _print(compared: FileGround, source: SourceFile) -> None:
    texts = {row.values["external_id"].rpartition(":")[2]: row.values["title"] for row in source.rows()}
    people, ideas = thousands(compared.n_people), thousands(compared.n_ideas)
    click.echo(_("그 파일의 투표를 견주어 보면: 사람 %(people)s명, 문장 %(ideas)s건", people=people, ideas=ideas))
    sizes = ", ".join(thousands(size) for size in compared.sizes) or "0"
    click.echo(_("  의견 갈래 %(n)s개 (사람: %(sizes)s)", n=len(compared.sizes), sizes=sizes))
    for one in compared.statements[:SHOWN]:
        click.echo(f"  {one.score:3.0f} % ({one.low:.0f}–{one.high:.0f})  {texts.get(one.number, '')}")


def _prepare(out: Path) -> None:
    """Make the folder, and see that files can be written there.

    :raise InvalidInput: they cannot
    """
    try:
        make_private_folder(out)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise InvalidInput(_("%(path)s에 쓸 수 없어요: %(reason)s", path=out, reason=error.strerror)) from error


def _write(made: PolisExport, path: Path) -> None:
    """Write the file whole or not at all.

    :raise InvalidInput: it cannot be written; the audit says all the same that it was made
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as half:
            try:
                shutil.copyfileobj(made.file, half)
                half.flush()
                os.replace(half.name, path)
            except BaseException:
                os.unlink(half.name)
                raise
    except OSError as error:
        raise InvalidInput(_("%(path)s에 쓸 수 없어요: %(reason)s", path=path, reason=error.strerror)) from error
