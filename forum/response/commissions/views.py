from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.rounds.models import CouncilTask
from forum.response.commissions.forms import ReportForm, SendForm
from forum.response.commissions.models import Commission, QuarterlyReport
from forum.response.commissions.pages import line_of, page_of
from forum.response.commissions.permissions import ANALYSTS_ONLY, LEAD_ONLY, can_report, can_send_task
from forum.response.commissions.queries import (
    all_commissions,
    commission_of,
    get_chosen_task,
    get_report,
    unsent_tasks,
)
from forum.response.commissions.services import send_task, write_report
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.web.gate import public

bp = Blueprint("commissions", __name__, template_folder="templates")
audit_rejected_posts(bp)


@bp.get("/council/commissions")
@public
def listing() -> ResponseReturnValue:
    """List the tasks that the council chose, with who works on them."""
    pages = [page_of(one.task, one, current_user) for one in all_commissions()]
    return render_template("commissions/listing.html", pages=pages, unsent=unsent_tasks())


@bp.get("/council/tasks/<int:task_id>/commission")
@public
def show(task_id: int) -> ResponseReturnValue:
    """Show a chosen task with its letter and reports; analysts send it from here."""
    return _page(get_chosen_task(task_id), SendForm(formdata=None))


@bp.post("/council/tasks/<int:task_id>/commission")
def send(task_id: int) -> ResponseReturnValue:
    require(can_send_task(current_user), str(ANALYSTS_ONLY))
    task, form = get_chosen_task(task_id), SendForm()
    form.offer()
    with form.collect_errors():
        if form.validate_on_submit():
            lead, partners = form.lead_ministry(), form.partner_ministries()
            send_task(task, current_user, lead, partners, form.letter.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("대표과제를 소관부처에 보냈어요. 제안자에게 알렸어요."))
            return redirect(url_for("commissions.show", task_id=task_id), 303)
    return _page(get_chosen_task(task_id), form)


@bp.get("/council/tasks/<int:task_id>/reports/<quarter>")
@public
def report(task_id: int, quarter: str) -> ResponseReturnValue:
    """Show the report on a quarter, or by when it is due; the ministry's officers write it here."""
    return _report_page(_commission(task_id), get_report(task_id, quarter), ReportForm(formdata=None))


@bp.post("/council/tasks/<int:task_id>/reports/<quarter>")
def write(task_id: int, quarter: str) -> ResponseReturnValue:
    commission, found = _commission(task_id), get_report(task_id, quarter)
    require(can_report(current_user, commission.referral), str(LEAD_ONLY))
    form = ReportForm()
    with form.collect_errors():
        if form.validate_on_submit():
            write_report(found, current_user, form.text.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("분기 보고를 냈어요."))
            return redirect(url_for("commissions.report", task_id=task_id, quarter=quarter), 303)
    return _report_page(_commission(task_id), get_report(task_id, quarter), form)


def _commission(task_id: int) -> Commission:
    """:raise NotFound: not chosen, or not sent"""
    found = commission_of(get_chosen_task(task_id).id)
    if found is None:
        raise NotFound(_("아직 소관부처에 보내지 않은 대표과제예요."))
    return found


def _page(task: CouncilTask, form: SendForm) -> ResponseReturnValue:
    page = page_of(task, commission_of(task.id), current_user)
    if page.may_send:
        form.offer()
    return form.page("commissions/show.html", page=page, task=task, round=task.round)


def _report_page(commission: Commission, found: QuarterlyReport, form: ReportForm) -> ResponseReturnValue:
    task = commission.task
    return form.page(
        "commissions/report.html",
        commission=commission,
        task=task,
        round=task.round,
        line=line_of(found),
        may_write=found.published_at is None and can_report(current_user, commission.referral),
    )
