from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import as_option, report_errors
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.people.accounts.queries import acting_as
from forum.response.datasets.dcat import catalogue_graph
from forum.response.datasets.dcat_import import import_catalogue
from forum.response.datasets.linked_data import as_jsonld, as_turtle
from forum.response.datasets.linked_input import MAX_BYTES, TURTLE, media_type_of
from forum.response.datasets.queries import public_datasets
from forum.response.datasets.rating import wrong_points

datasets = AppGroup("datasets", help=str(_l("공익데이터 목록")))


def register(app: Flask) -> None:
    app.cli.add_command(datasets)


@datasets.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@report_errors
def export(file: Path) -> None:
    """Write everything that everybody may read as DCAT-AP: Turtle (.ttl) or JSON-LD (.jsonld)."""
    write = as_turtle if _media_type(file) == TURTLE else as_jsonld
    found = public_datasets()
    file.write_bytes(write(catalogue_graph(found)))
    click.echo(_("자료 %(n)d개를 %(file)s에 적었습니다.", n=len(found), file=file))


@datasets.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_option
@report_errors
def import_(file: Path, as_email: str | None) -> None:
    """Propose the datasets of a DCAT file, as an analyst with an account. It may be run again."""
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    report = import_catalogue(acting_as(as_email), data, _media_type(file))
    db.session.commit()
    for subject in report.known:
        click.echo(_("이미 있어 그대로 두었습니다: %(subject)s", subject=subject))
    for subject, words in report.notes:
        click.echo(f"{subject}: {words}")
    click.echo(_("새로 제안한 자료 %(n)d개, 이미 있는 자료 %(known)d개", n=len(report.made), known=len(report.known)))


@datasets.command("rate")
@click.option("--fix", is_flag=True, help="also store the points as they are counted")
@report_errors
def rate(fix: bool) -> None:
    """Count the quality points anew; exit with 1 on any difference that is not put right."""
    n_checked, wrong = wrong_points()
    for dataset, counted in wrong:
        words = {"id": dataset.id, "kept": dataset.quality_points, "counted": counted}
        click.echo(_("자료 %(id)d번: 적힌 점수 %(kept)d, 다시 센 점수 %(counted)d", **words))
        if fix:
            dataset.quality_points = counted
    db.session.commit()
    click.echo(_("자료 %(n)d개를 보았습니다. 다른 것 %(wrong)d개", n=n_checked, wrong=len(wrong)))
    if wrong and not fix:
        raise SystemExit(1)


def _media_type(file: Path) -> str:
    found = media_type_of(file.name)
    if not found:
        raise InvalidInput(_("파일 이름이 .ttl이나 .jsonld로 끝나야 합니다."))
    return found
