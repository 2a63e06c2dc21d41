"""The pages from which the secretariat plans hearings, invites, and records answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.themes.queries import get_theme
from forum.core import clock
from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.hearings.forms import (
    AnswerForm,
    AskOpinionForm,
    CancelForm,
    FileForm,
    HoldForm,
    InviteForm,
    PlanForm,
    account_of,
)
from forum.deliberation.hearings.invitations import invite
from forum.deliberation.hearings.models import Hearing
from forum.deliberation.hearings.opinions import invite_opinion
from forum.deliberation.hearings.pages import proposers_to_invite
from forum.deliberation.hearings.permissions import can_run_hearing
from forum.deliberation.hearings.planning import (
    attach_file,
    cancel_hearing,
    change_hearing,
    hold_hearing,
    plan_hearing,
    remove_file,
)
from forum.deliberation.hearings.queries import (
    all_files_of,
    get_hearing,
    get_own_file,
    get_question,
    invitations_of,
    questions_of,
)
from forum.deliberation.hearings.questions import answer_question
from forum.deliberation.rounds.queries import get_task
from forum.web.forms import ForumForm
from forum.web.uploads import accepts_files


def register_desk(bp: Blueprint) -> None:
    """Add the secretariat's routes to the slice's blueprint."""
    bp.get("/council/tasks/<int:task_id>/hearing/new")(new)
    bp.post("/council/tasks/<int:task_id>/hearing/new")(create)
    bp.get("/council/hearings/<int:hearing_id>/desk")(desk)
    bp.post("/council/hearings/<int:hearing_id>/plan")(change)
    bp.post("/council/hearings/<int:hearing_id>/cancel")(cancel)
    bp.post("/council/hearings/<int:hearing_id>/invite")(invite_person)
    bp.post("/council/hearings/<int:hearing_id>/hold")(hold)
    bp.post("/council/hearings/<int:hearing_id>/files")(attach)
    bp.post("/council/hearings/files/<int:file_id>/remove")(detach)
    bp.post("/council/questions/<int:question_id>/answer")(answer)
    bp.get("/council/tasks/<int:task_id>/opinions/new")(ask_on_task)
    bp.post("/council/tasks/<int:task_id>/opinions/new")(save_on_task)
    bp.get("/themes/<int:theme_id>/opinions/new")(ask_on_theme)
    bp.post("/themes/<int:theme_id>/opinions/new")(save_on_theme)


def new(task_id: int) -> ResponseReturnValue:
    """Show the form that plans a hearing."""
    _require_secretariat()
    return PlanForm(formdata=None).page("hearings/plan.html", task=get_task(task_id))


def create(task_id: int) -> ResponseReturnValue:
    """Plan a hearing."""
    _require_secretariat()
    form = PlanForm()
    with form.collect_errors():
        if form.validate_on_submit():
            hearing = plan_hearing(get_task(task_id), current_user, *_planned(form))
            db.session.commit()
            flash(_("직접 설명을 잡았어요. 제안자를 초대해 주세요."))
            return redirect(url_for("hearings.desk", hearing_id=hearing.id), 303)
    return form.page("hearings/plan.html", task=get_task(task_id))


def desk(hearing_id: int) -> ResponseReturnValue:
    """Show what is to be done for a hearing."""
    _require_secretariat()
    return _desk_page(get_hearing(hearing_id))


def change(hearing_id: int) -> ResponseReturnValue:
    """Change when and where a hearing is."""
    _require_secretariat()
    form = PlanForm()
    with form.collect_errors():
        if form.validate_on_submit():
            change_hearing(get_hearing(hearing_id), current_user, *_planned(form), seen=form.seen_revision())
            db.session.commit()
            flash(_("고쳤어요."))
            return redirect(url_for("hearings.desk", hearing_id=hearing_id), 303)
    return _desk_page(get_hearing(hearing_id), plan_form=form)


def cancel(hearing_id: int) -> ResponseReturnValue:
    """Cancel a hearing."""
    _require_secretariat()
    form = CancelForm()
    with form.collect_errors():
        if form.validate_on_submit():
            cancel_hearing(get_hearing(hearing_id), current_user, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("직접 설명을 취소했어요."))
            return redirect(url_for("hearings.show", hearing_id=hearing_id), 303)
    return _desk_page(get_hearing(hearing_id), cancel_form=form)


def invite_person(hearing_id: int) -> ResponseReturnValue:
    """Invite somebody to explain."""
    _require_secretariat()
    form = InviteForm()
    with form.collect_errors():
        if form.validate_on_submit():
            hearing = get_hearing(hearing_id)
            invite(hearing, current_user, form.chosen(proposers_to_invite(hearing)))
            db.session.commit()
            flash(_("초대했어요."))
            return redirect(url_for("hearings.desk", hearing_id=hearing_id), 303)
    return _desk_page(get_hearing(hearing_id), invite_form=form)


def hold(hearing_id: int) -> ResponseReturnValue:
    """Say that a hearing was held, and what changed because of it."""
    _require_secretariat()
    form = HoldForm()
    with form.collect_errors():
        if form.validate_on_submit():
            words, seen = form.what_changed.data or "", form.seen_revision()
            hold_hearing(get_hearing(hearing_id), current_user, words, seen=seen)
            db.session.commit()
            flash(_("적었어요."))
            return redirect(url_for("hearings.show", hearing_id=hearing_id), 303)
    return _desk_page(get_hearing(hearing_id), hold_form=form)


@accepts_files
def answer(question_id: int) -> ResponseReturnValue:
    """Record what was answered to a question."""
    _require_secretariat()
    form = AnswerForm()
    with form.collect_errors():
        if form.validate_on_submit():
            question = get_question(question_id)
            words = (form.answer.data or "", form.answer_url.data or "")
            answer_question(question, current_user, *words, form.file(), seen=form.seen_revision())
            db.session.commit()
            flash(_("답변을 적었어요."))
            return redirect(url_for("hearings.desk", hearing_id=question.hearing_id), 303)
    question = get_question(question_id)
    return _desk_page(question.hearing, answer_form=form, answered=question.id)


@accepts_files
def attach(hearing_id: int) -> ResponseReturnValue:
    """Add a document to a hearing."""
    _require_secretariat()
    form = FileForm()
    with form.collect_errors():
        if form.validate_on_submit():
            attach_file(get_hearing(hearing_id), current_user, form.file())
            db.session.commit()
            flash(_("자료를 붙였어요."))
            return redirect(url_for("hearings.desk", hearing_id=hearing_id), 303)
    return _desk_page(get_hearing(hearing_id), file_form=form)


def detach(file_id: int) -> ResponseReturnValue:
    """Take a document off a hearing: of a proposer, they may do so themselves."""
    file = get_own_file(file_id)
    hearing_id = file.hearing_id
    remove_file(file, current_user)
    db.session.commit()
    flash(_("자료를 뺐어요."))
    return redirect(url_for("hearings.show", hearing_id=hearing_id), 303)


def ask_on_task(task_id: int) -> ResponseReturnValue:
    """Show the form that asks an expert for an opinion on a task."""
    _require_secretariat()
    return AskOpinionForm(formdata=None).page("hearings/ask_opinion.html", about=get_task(task_id))


def save_on_task(task_id: int) -> ResponseReturnValue:
    """Ask an expert for an opinion on a task."""
    _require_secretariat()
    form = AskOpinionForm()
    with form.collect_errors():
        if form.validate_on_submit():
            _ask_opinion(form, task=get_task(task_id))
            return redirect(url_for("rounds.task", task_id=task_id), 303)
    return form.page("hearings/ask_opinion.html", about=get_task(task_id))


def ask_on_theme(theme_id: int) -> ResponseReturnValue:
    """Show the form that asks an expert for an opinion on a theme."""
    _require_secretariat()
    return AskOpinionForm(formdata=None).page("hearings/ask_opinion.html", about=get_theme(theme_id))


def save_on_theme(theme_id: int) -> ResponseReturnValue:
    """Ask an expert for an opinion on a theme."""
    _require_secretariat()
    form = AskOpinionForm()
    with form.collect_errors():
        if form.validate_on_submit():
            _ask_opinion(form, theme=get_theme(theme_id))
            return redirect(url_for("themes.show", theme_id=theme_id), 303)
    return form.page("hearings/ask_opinion.html", about=get_theme(theme_id))


def _require_secretariat() -> None:
    require(can_run_hearing(current_user), str(SECRETARIAT_ONLY))


def _planned(form: PlanForm) -> Any:
    return form.when(), form.minutes.data or 0, form.place.data or "", form.video_url.data or ""


def _ask_opinion(form: AskOpinionForm, **about: Any) -> None:
    account = account_of(form.account.data, "account")
    invite_opinion(current_user, account, form.name.data or "", form.affiliation.data or "", **about)
    db.session.commit()
    flash(_("의견을 부탁했어요."))


def _desk_page(hearing: Hearing, answered: int | None = None, **forms: ForumForm) -> ResponseReturnValue:
    """Render the desk; a refused form keeps what was typed."""
    seoul = hearing.starts_at.astimezone(clock.SEOUL).replace(tzinfo=None)
    plan = {"starts_at": seoul, "minutes": hearing.minutes, "place": hearing.place, "video_url": hearing.video_url}
    proposers = proposers_to_invite(hearing)
    invite_form: Any = forms.get("invite_form") or InviteForm(formdata=None)
    invite_form.offer(proposers)
    hold_form = forms.get("hold_form") or HoldForm(formdata=None, data={"what_changed": hearing.what_changed})
    shown = next(iter(forms.values()), invite_form)
    return shown.page(
        "hearings/desk.html",
        hearing=hearing,
        round=hearing.task.round,
        proposers=proposers,
        invitations=invitations_of(hearing.id),
        questions=questions_of(hearing.id),
        plan_form=forms.get("plan_form") or PlanForm(formdata=None, data=plan),
        cancel_form=forms.get("cancel_form") or CancelForm(formdata=None),
        invite_form=invite_form,
        file_form=forms.get("file_form") or FileForm(formdata=None),
        files=all_files_of(hearing.id),
        hold_form=hold_form,
        answer_form=forms.get("answer_form"),
        answered=answered,
        has_begun=hearing.starts_at <= clock.now(),
    )
