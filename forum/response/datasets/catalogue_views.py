"""The registry as linked data, whole or one dataset, and the page from which analysts import another catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import ANONYMOUS, require
from forum.core.errors import NotFound
from forum.core.extensions import db, limiter
from forum.core.i18n import _
from forum.response.datasets.catalogue_forms import ImportForm
from forum.response.datasets.dcat import catalogue_graph, dataset_graph
from forum.response.datasets.dcat_import import import_catalogue
from forum.response.datasets.linked_data import as_jsonld, as_turtle
from forum.response.datasets.linked_input import JSON_LD, TURTLE
from forum.response.datasets.locking import NO_SUCH_DATASET
from forum.response.datasets.permissions import KEEPERS_ONLY, can_import, can_read_dataset
from forum.response.datasets.queries import get_dataset, public_datasets
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors
from forum.web.uploads import accepts_files


@dataclass(frozen=True)
class Notation:
    media_type: str
    write: Callable[..., bytes]


NOTATIONS = {"ttl": Notation(TURTLE, as_turtle), "jsonld": Notation(JSON_LD, as_jsonld)}


def register_catalogue(bp: Blueprint) -> None:
    """Add the routes of the catalogue to the slice's blueprint."""
    bp.get("/datasets/catalogue.<any(ttl, jsonld):notation>")(catalogue)
    bp.get("/datasets/<int:dataset_id>.<any(ttl, jsonld):notation>")(dataset_record)
    bp.route("/datasets/import", methods=["GET", "POST"])(import_page)


@public
@same_for_visitors
@limiter.limit("12 per minute")  # hundreds of datasets take a second or two to write
def catalogue(notation: str) -> ResponseReturnValue:
    """Give everything that everybody may read, as one catalogue."""
    return _answer(catalogue_graph(public_datasets()), notation)


@public
@same_for_visitors
@limiter.limit("60 per minute")
def dataset_record(dataset_id: int, notation: str) -> ResponseReturnValue:
    """Give one dataset; a proposal has no record yet, for nobody."""
    dataset = get_dataset(dataset_id)
    if not can_read_dataset(ANONYMOUS, dataset, None):
        raise NotFound(str(NO_SUCH_DATASET))
    return _answer(dataset_graph(dataset), notation)


def _answer(graph: object, notation: str) -> Response:
    """Answer with the bytes; who has the same ones already is told so."""
    kind = NOTATIONS[notation]
    content = kind.write(graph)
    response = Response(content, content_type=f"{kind.media_type}; charset=utf-8")
    response.set_etag(hashlib.sha256(content).hexdigest())
    return response.make_conditional(request)


@accepts_files
def import_page() -> ResponseReturnValue:
    """Propose the datasets of another catalogue."""
    require(can_import(current_user), str(KEEPERS_ONLY))
    form = ImportForm()
    with form.collect_errors():
        if form.validate_on_submit():
            report = import_catalogue(current_user, *form.file_to_read())
            db.session.commit()
            counts = {"n": len(report.made), "known": len(report.known)}
            flash(_("새로 제안한 자료 %(n)s개, 이미 있어 그대로 둔 자료 %(known)s개예요.", **counts))
            for subject, words in report.notes[:20]:
                flash(f"{subject}: {words}")
            return redirect(url_for("datasets.desk"), 303)
    return form.page("datasets/import.html")
