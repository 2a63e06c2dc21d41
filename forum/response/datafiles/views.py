from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import ANONYMOUS
from forum.core.errors import Forbidden, InvalidInput, NotSignedIn
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datafiles.access import is_open
from forum.response.datafiles.accompanying import DICTIONARY_NAME, TERMS_NAME, dictionary_csv, terms_text
from forum.response.datafiles.aggregate import ask_for_aggregate
from forum.response.datafiles.aggregate_file import aggregate_csv, get_aggregate
from forum.response.datafiles.desk_views import register_uploads
from forum.response.datafiles.forms import AggregateForm, SeenForm, WithdrawForm
from forum.response.datafiles.models import DataFile
from forum.response.datafiles.pages import aggregate_title, file_page, offers_aggregates
from forum.response.datafiles.panels import FilePlace
from forum.response.datafiles.permissions import GRANTED_ONLY
from forum.response.datafiles.queries import get_file
from forum.response.datafiles.services import (
    check_again,
    check_link,
    give_link,
    require_may_have,
    withdraw_file,
)
from forum.response.datafiles.serving import csv_response, zip_response
from forum.response.datasets.locking import require_describe
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.web.downloads import ALONE, attachment
from forum.web.gate import public
from forum.web.panels import panels_of

bp = Blueprint("datafiles", __name__, template_folder="templates")
audit_rejected_posts(bp)
register_uploads(bp)


@bp.get("/datasets/files/<int:file_id>")
@public
def show(file_id: int) -> ResponseReturnValue:
    """Show a file: what was checked and measured, how to get it, or why it was withdrawn."""
    return render_template("datafiles/show.html", **_context(get_file(file_id, current_user)))


@bp.get("/datasets/files/<int:file_id>/data.csv")
@public
def download_csv(file_id: int) -> ResponseReturnValue:
    """Give out an open file as it is, for programs."""
    file = get_file(file_id, current_user)
    require_may_have(file, ANONYMOUS)
    return csv_response(file)


@bp.get("/datasets/files/<int:file_id>/data.zip")
@public
def download(file_id: int) -> ResponseReturnValue:
    """Give out a file with its terms and dictionary: an open one to everybody, others to the holder of a link."""
    file = get_file(file_id, current_user)
    if not is_open(file):
        if not current_user.is_authenticated:
            raise NotSignedIn
        token = request.args.get("link", "")
        if token:
            check_link(file, current_user, token)
        require_may_have(file, current_user)
        if not token:
            raise Forbidden(_("파일 화면에서 링크를 받아 주세요."))
    else:
        require_may_have(file, current_user)
    return zip_response(file, current_user)


@bp.get("/datasets/files/<int:file_id>/terms.txt")
@public
def terms(file_id: int) -> ResponseReturnValue:
    """Give out the terms that travel with a file."""
    text = terms_text(get_file(file_id, current_user))
    return _download(text, "text/plain; charset=utf-8", str(TERMS_NAME), f"data-{file_id}-terms.txt")


@bp.get("/datasets/files/<int:file_id>/dictionary.csv")
@public
def dictionary(file_id: int) -> ResponseReturnValue:
    """Give out the dictionary of a file as a table."""
    text = dictionary_csv(get_file(file_id, current_user))
    return _download(text, "text/csv; charset=utf-8", str(DICTIONARY_NAME), f"data-{file_id}-dictionary.csv")


@bp.post("/datasets/files/<int:file_id>/link")
def link(file_id: int) -> ResponseReturnValue:
    """Note who gets a file, and send them to it."""
    token = give_link(get_file(file_id, current_user), current_user)
    db.session.commit()
    return redirect(url_for("datafiles.download", file_id=file_id, link=token), 303)


@bp.post("/datasets/files/<int:file_id>/check")
def check(file_id: int) -> ResponseReturnValue:
    """Ask again for a check that failed."""
    file = _kept(file_id)
    form = SeenForm()
    if not form.validate_on_submit():
        raise InvalidInput(_("화면을 다시 열어 눌러 주세요."))
    check_again(file, current_user, seen=form.seen_revision())
    db.session.commit()
    flash(_("다시 검사해 달라고 했어요."))
    return redirect(url_for("datafiles.show", file_id=file_id), 303)


@bp.post("/datasets/files/<int:file_id>/withdraw")
def withdraw(file_id: int) -> ResponseReturnValue:
    """Stop giving a file out."""
    file, form = _kept(file_id), WithdrawForm()
    with form.collect_errors():
        if form.validate_on_submit():
            withdraw_file(file, current_user, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("파일을 거두었어요. 나눠 준 링크도 모두 끝났어요."))
            return redirect(url_for("datafiles.show", file_id=file_id), 303)
    context = _context(get_file(file_id, current_user)) | {"withdraw_form": form}
    return form.page("datafiles/show.html", **context)


@bp.post("/datasets/files/<int:file_id>/aggregates")
def aggregate(file_id: int) -> ResponseReturnValue:
    """Ask for counts or sums of a file."""
    file, form = _kept(file_id), AggregateForm()
    form.offer(file)
    with form.collect_errors():
        if form.validate_on_submit():
            ask_for_aggregate(file, current_user, form.by.data or "", form.total.data or "")
            db.session.commit()
            flash(_("집계해 달라고 했어요. 다 되면 이 화면에 나와요."))
            return redirect(url_for("datafiles.show", file_id=file_id), 303)
    context = _context(get_file(file_id, current_user)) | {"aggregate_form": form}
    return form.page("datafiles/show.html", **context)


@bp.get("/datasets/files/aggregates/<int:aggregate_id>.csv")
@public
def aggregate_file(aggregate_id: int) -> ResponseReturnValue:
    """Give out an aggregate as a table."""
    made = get_aggregate(aggregate_id, current_user)
    name = f"{aggregate_title(made)}.csv"
    return _download(aggregate_csv(made), "text/csv; charset=utf-8", name, f"aggregate-{made.id}.csv")


def _context(file: DataFile) -> dict[str, object]:
    page = file_page(file, current_user)
    context: dict[str, object] = {
        "page": page,
        "file": file,
        "version": file.version,
        "dataset": file.version.dataset,
        "aggregate_title": aggregate_title,
        "granted_only": GRANTED_ONLY,
        "withdraw_form": WithdrawForm(formdata=None) if page.keeps else None,
        "panels": panels_of(FilePlace.PAGE, file, current_user),
    }
    if page.keeps and page.is_given_out and offers_aggregates(file):
        form = AggregateForm(formdata=None)
        form.offer(file)
        context["aggregate_form"] = form
    return context


def _kept(file_id: int) -> DataFile:
    """:raise NotFound: no such file, or one of which this person may not know
    :raise Forbidden: neither a steward of its holder nor an analyst
    """
    file = get_file(file_id, current_user)
    require_describe(file.version.dataset, current_user)
    return file


def _download(text: str, media_type: str, name: str, plain_name: str) -> Response:
    response = Response(text.encode(), content_type=media_type)
    response.headers["Content-Disposition"] = attachment(name, plain_name)
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
