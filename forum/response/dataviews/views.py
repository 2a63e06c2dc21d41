from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from forum.core.access import require
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.errors import InvalidInput
from forum.core.extensions import limiter
from forum.response.datafiles.access import may_have
from forum.response.datafiles.models import DataFile
from forum.response.datafiles.permissions import AGGREGATE_ONLY, GRANTED_ONLY
from forum.response.datasets.models import Sensitivity
from forum.response.dataviews.asking import PreviewRequest
from forum.response.dataviews.engine import PreviewResult, preview
from forum.response.dataviews.forms import FIELDS, read_request
from forum.response.dataviews.pages import PreviewPage
from forum.response.dataviews.prepared import Source
from forum.response.dataviews.queries import prepare_job, previewed_file, source_of
from forum.web.gate import public
from forum.web.slots import outside_database

HTTP_OK, HTTP_BAD_REQUEST = 200, 400

bp = Blueprint("dataviews", __name__, template_folder="templates")


@bp.get("/datasets/<int:dataset_id>/versions/<int:number>/preview")
@public
@limiter.limit("60 per minute")  # each starts a process
def show(dataset_id: int, number: int) -> ResponseReturnValue:
    """Show the rows of a version's file, or groups of them where single rows are not open."""
    file = _file(dataset_id, number)
    source, is_closed = source_of(file), file.version.dataset.sensitivity is not Sensitivity.OPEN
    asked, result, errors = _look(source, request.args, is_closed)
    file = _file(dataset_id, number)  # it may have been withdrawn meanwhile
    page = PreviewPage(
        url_for("dataviews.show", dataset_id=dataset_id, number=number),
        source.columns,
        {field: request.args.get(field, "") for field in FIELDS},
        is_closed,
        asked,
        result,
        errors,
    )
    job = None if source.path.exists() else prepare_job(source)
    status = HTTP_BAD_REQUEST if errors else HTTP_OK
    return render_template("dataviews/show.html", page=page, file=file, source=source, job=job), status


def _file(dataset_id: int, number: int) -> DataFile:
    """:raise NotFound, Forbidden: no file, or not for this person"""
    file = previewed_file(dataset_id, number, current_user)
    is_aggregate = file.version.dataset.sensitivity is Sensitivity.AGGREGATE
    require(may_have(file, current_user), str(AGGREGATE_ONLY if is_aggregate else GRANTED_ONLY))
    return file


def _look(
    source: Source, args: MultiDict[str, str], is_closed: bool
) -> tuple[PreviewRequest, PreviewResult | None, list[str]]:
    """Return what was asked for and what there is to see, or messages; neither while the copy is being made."""
    asked = PreviewRequest()
    try:
        asked = read_request(args)
        if not source.path.exists():
            return asked, None, []
        with outside_database():
            result = preview(source.path, source.columns, asked, min_cell=MIN_PEOPLE_PER_CELL if is_closed else None)
    except InvalidInput as refused:
        return asked, None, list(refused.errors.values())
    return asked, result, []
