"""The page of a file's noisy figures, where its keepers fix the budget and ask."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datafiles.models import DataFile
from forum.response.datafiles.queries import get_file
from forum.response.datanoise.budget import ask as ask_question
from forum.response.datanoise.budget import set_budget as fix_budget
from forum.response.datanoise.forms import AskForm, BudgetForm
from forum.response.datanoise.pages import has_noise, noise_page
from forum.response.datanoise.questions import typed_epsilon
from forum.response.datasets.locking import require_describe
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.web.gate import public

bp = Blueprint("datanoise", __name__, template_folder="templates")
audit_rejected_posts(bp)


@bp.get("/datasets/files/<int:file_id>/noise")
@public
def show(file_id: int) -> ResponseReturnValue:
    """Show the figures with noise that were made of a sensitive file, and what is left of its budget."""
    return render_template("datanoise/show.html", **_context(_noisy(file_id)))


@bp.post("/datasets/files/<int:file_id>/noise/budget")
def set_budget(file_id: int) -> ResponseReturnValue:
    """Fix the budget of a dataset."""
    file = _kept(file_id)
    form = BudgetForm()
    with form.collect_errors():
        if form.validate_on_submit():
            fix_budget(file, current_user, typed_epsilon(form.total.data or "", "total"), form.rows.data or 0)
            db.session.commit()
            flash(_("예산을 정했어요. 이제 물을 수 있어요."))
            return redirect(url_for("datanoise.show", file_id=file_id), 303)
    return form.page("datanoise/show.html", **_context(_noisy(file_id)) | {"budget_form": form})


@bp.post("/datasets/files/<int:file_id>/noise/questions")
def ask(file_id: int) -> ResponseReturnValue:
    """Ask for figures with noise, and spend for them."""
    file = _kept(file_id)
    form = AskForm()
    form.offer(file)
    with form.collect_errors():
        if form.validate_on_submit():
            epsilon = typed_epsilon(form.epsilon.data or "", "epsilon")
            ask_question(file, current_user, form.question(file), epsilon, seen=form.seen_spent())
            db.session.commit()
            flash(_("물었어요. 답이 나오면 이 화면에 보여요. 같은 것을 다시 물으면 예산이 들지 않아요."))
            return redirect(url_for("datanoise.show", file_id=file_id), 303)
    return form.page("datanoise/show.html", **_context(_noisy(file_id)) | {"ask_form": form})


def _context(file: DataFile) -> dict[str, object]:
    page = noise_page(file, current_user)
    context: dict[str, object] = {"file": file, "dataset": file.version.dataset, "page": page}
    if page.keeps and page.is_available:
        if page.budget is None:
            context["budget_form"] = BudgetForm(formdata=None)
        else:
            form = AskForm(formdata=None)
            form.offer(file)
            context["ask_form"] = form
    return context


def _noisy(file_id: int) -> DataFile:
    """:raise NotFound: no such file, one of which this person may not know, or one without noisy figures"""
    file = get_file(file_id, current_user)
    if not has_noise(file):
        raise NotFound(_("이 파일에는 잡음을 섞은 값이 없어요."))
    return file


def _kept(file_id: int) -> DataFile:
    """:raise NotFound: as `_noisy`
    :raise Forbidden: neither a steward of its holder nor an analyst
    """
    file = _noisy(file_id)
    require_describe(file.version.dataset, current_user)
    return file
