"""The pages from which the secretariat plans and runs a round."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.models import GroupKind
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.council.queries import get_term, groups_of
from forum.deliberation.rounds.forms import (
    AddIdeaForm,
    AddMinutesForm,
    AddThemeForm,
    MergeForm,
    NewRoundForm,
    SeenForm,
    TaskForm,
    decide_form,
    plan_form,
)
from forum.deliberation.rounds.hooks import ranks_of
from forum.deliberation.rounds.long_list import (
    add_idea_task,
    add_minutes_task,
    add_theme_task,
    change_task,
    merge_task,
)
from forum.deliberation.rounds.models import CouncilRound, StageState, TaskState
from forum.deliberation.rounds.offers import campaigns_for_round, minutes_to_add, themes_to_add
from forum.deliberation.rounds.pages import now_sentence, strip_of
from forum.deliberation.rounds.panels import PanelPlace
from forum.deliberation.rounds.permissions import can_run_round
from forum.deliberation.rounds.planning import change_plan, plan_round
from forum.deliberation.rounds.queries import get_round, get_task, ideas_of, tasks_of
from forum.deliberation.rounds.services import close_stage, decide_stage, open_stage
from forum.voice.campaigns.queries import get_campaign
from forum.voice.ideas.queries import get_idea
from forum.web.forms import ForumForm
from forum.web.panels import panels_of

WRONG_STATE = 409


def register_desk(bp: Blueprint) -> None:
    """Add the secretariat's routes to the slice's blueprint."""
    bp.get("/council/terms/<int:number>/rounds/new")(new)
    bp.post("/council/terms/<int:number>/rounds/new")(create)
    bp.get("/council/rounds/<int:round_id>/plan")(plan)
    bp.post("/council/rounds/<int:round_id>/plan")(save_plan)
    bp.get("/council/rounds/<int:round_id>/desk")(desk)
    bp.post("/council/rounds/<int:round_id>/open")(open_next)
    bp.post("/council/rounds/<int:round_id>/close")(close)
    bp.post("/council/rounds/<int:round_id>/decide")(decide)
    bp.post("/council/rounds/<int:round_id>/themes")(add_theme)
    bp.post("/council/rounds/<int:round_id>/ideas")(add_idea)
    bp.post("/council/rounds/<int:round_id>/minutes")(add_minutes)
    bp.get("/council/tasks/<int:task_id>/edit")(edit)
    bp.post("/council/tasks/<int:task_id>/edit")(save_task)
    bp.post("/council/tasks/<int:task_id>/merge")(merge)


def new(number: int) -> ResponseReturnValue:
    """Show the form that plans a round."""
    _require_secretariat()
    return _new_page(number, NewRoundForm(formdata=None))


def create(number: int) -> ResponseReturnValue:
    """Plan a round."""
    _require_secretariat()
    form = NewRoundForm()
    with form.collect_errors():
        if form.validate_on_submit():
            campaign = get_campaign(form.campaign.data or "")
            title, n_chosen = form.title.data or "", form.n_chosen.data or 0
            made = plan_round(get_term(number), campaign, current_user, title, n_chosen, form.plans())
            db.session.commit()
            flash(_("대표과제 선정을 계획했어요. 기준을 정하고 첫 단계를 열어 주세요."))
            return redirect(url_for("rounds.desk", round_id=made.id), 303)
    return _new_page(number, form)


def plan(round_id: int) -> ResponseReturnValue:
    """Show the form that changes a plan."""
    _require_secretariat()
    round_ = get_round(round_id)
    return _plan_page(round_, plan_form(round_))


def save_plan(round_id: int) -> ResponseReturnValue:
    """Change a plan."""
    _require_secretariat()
    form: Any = plan_form(get_round(round_id))
    with form.collect_errors():
        if form.validate_on_submit():
            title, n_chosen = form.title.data or "", form.n_chosen.data or 0
            round_ = get_round(round_id)
            change_plan(round_, current_user, title, n_chosen, form.plans(), seen=form.seen_revision())
            db.session.commit()
            flash(_("계획을 고쳤어요."))
            return redirect(url_for("rounds.desk", round_id=round_id), 303)
    return _plan_page(get_round(round_id), form)


def desk(round_id: int) -> ResponseReturnValue:
    """Show what is to be done in a round."""
    _require_secretariat()
    return _desk_page(get_round(round_id))


def open_next(round_id: int) -> ResponseReturnValue:
    """Open the next stage."""
    _require_secretariat()
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            stage = open_stage(get_round(round_id), current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("‘%(stage)s’ 단계를 열었어요.", stage=stage.kind.label))
            return redirect(url_for("rounds.desk", round_id=round_id), 303)
    return _desk_page(get_round(round_id), stage_form=form)


def close(round_id: int) -> ResponseReturnValue:
    """Close the present stage."""
    _require_secretariat()
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            stage = close_stage(get_round(round_id), current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("‘%(stage)s’ 단계를 닫았어요.", stage=stage.kind.label))
            return redirect(url_for("rounds.desk", round_id=round_id), 303)
    return _desk_page(get_round(round_id), stage_form=form)


def decide(round_id: int) -> ResponseReturnValue:
    """Record which tasks go on."""
    _require_secretariat()
    round_ = get_round(round_id)
    form = decide_form(tasks_of(round_id, TaskState.IN_ROUND), round_.revision)
    with form.collect_errors():
        if form.validate_on_submit():
            decide_stage(round_, current_user, form.chosen(), form.reasons(), seen=form.seen_revision())
            db.session.commit()
            flash(_("다음 단계로 올릴 과제를 정했어요."))
            return redirect(url_for("rounds.desk", round_id=round_id), 303)
    return _desk_page(get_round(round_id), decide=form)


def add_theme(round_id: int) -> ResponseReturnValue:
    """Put a theme on the long list."""
    _require_secretariat()
    form = AddThemeForm()
    with form.collect_errors():
        if form.validate_on_submit():
            round_ = get_round(round_id)
            chosen = next((one for one in themes_to_add(round_) if one.id == form.theme.data), None)
            if chosen is None:
                raise NotFound(_("그런 정책 주제가 없거나 벌써 올라와 있어요."))
            return _added(round_, add_theme_task(round_, current_user, chosen).title)
    return _desk_page(get_round(round_id), theme_form=form)


def add_idea(round_id: int) -> ResponseReturnValue:
    """Put a single idea on the long list."""
    _require_secretariat()
    form = AddIdeaForm()
    with form.collect_errors():
        if form.validate_on_submit():
            round_ = get_round(round_id)
            return _added(round_, add_idea_task(round_, current_user, get_idea(form.idea_id())).title)
    return _desk_page(get_round(round_id), idea_form=form)


def add_minutes(round_id: int) -> ResponseReturnValue:
    """Put what a gathering agreed on on the long list."""
    _require_secretariat()
    form = AddMinutesForm()
    with form.collect_errors():
        if form.validate_on_submit():
            round_ = get_round(round_id)
            chosen = next((one for one in minutes_to_add(round_) if one.id == form.minutes.data), None)
            if chosen is None:
                raise NotFound(_("그런 회의록이 없어요."))
            words = (form.title.data or "", form.summary.data or "")
            return _added(round_, add_minutes_task(round_, current_user, chosen, *words, form.idea_ids()).title)
    return _desk_page(get_round(round_id), minutes_form=form)


def edit(task_id: int) -> ResponseReturnValue:
    """Show the form that changes a task, or merges it into another."""
    _require_secretariat()
    return _edit_page(task_id, TaskForm.of(get_task(task_id)))


def save_task(task_id: int) -> ResponseReturnValue:
    """Change a task's words, its sub-committee, and whose idea stands for it."""
    _require_secretariat()
    form = TaskForm()
    with form.collect_errors():
        if form.validate_on_submit():
            task = get_task(task_id)
            groups = groups_of(task.round.term_id, GroupKind.SUBCOMMITTEE)
            group = next((one for one in groups if one.id == form.subcommittee.data), None)
            words = (form.title.data or "", form.summary.data or "")
            lead = form.lead_idea.data or None
            change_task(task, current_user, *words, group, lead, seen=form.seen_revision())
            db.session.commit()
            flash(_("과제를 고쳤어요."))
            return redirect(url_for("rounds.desk", round_id=task.round_id), 303)
    return _edit_page(task_id, form)


def merge(task_id: int) -> ResponseReturnValue:
    """Merge a task into another of the round."""
    _require_secretariat()
    form = MergeForm()
    with form.collect_errors():
        if form.validate_on_submit():
            task = get_task(task_id)
            target = next((one for one in _others(task_id) if one.id == form.target.data), None)
            if target is None:
                raise NotFound(_("합칠 과제가 없어요."))
            merge_task(task, current_user, target, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("과제를 합쳤어요."))
            return redirect(url_for("rounds.task", task_id=target.id), 303)
    return _edit_page(task_id, TaskForm.of(get_task(task_id)), merge_form=form)


def _require_secretariat() -> None:
    require(can_run_round(current_user), str(SECRETARIAT_ONLY))


def _added(round_: CouncilRound, title: str) -> ResponseReturnValue:
    db.session.commit()
    flash(_("‘%(title)s’{을} 긴 목록에 올렸어요.", title=title))
    return redirect(url_for("rounds.desk", round_id=round_.id), 303)


def _others(task_id: int) -> list[Any]:
    task = get_task(task_id)
    return [one for one in tasks_of(task.round_id, TaskState.IN_ROUND) if one.id != task_id]


def _new_page(number: int, form: NewRoundForm) -> ResponseReturnValue:
    form.offer(campaigns_for_round())
    return form.page("rounds/plan.html", term=get_term(number), round=None)


def _plan_page(round_: CouncilRound, form: Any) -> ResponseReturnValue:
    page: ResponseReturnValue = form.page("rounds/plan.html", term=round_.term, round=round_)
    return page


def _desk_page(round_: CouncilRound, **forms: Any) -> ResponseReturnValue:
    """Render the desk; a refused form keeps what was typed."""
    stage = round_.present_stage
    tasks = tasks_of(round_.id, TaskState.IN_ROUND)
    ranks = (ranks_of(stage) if stage.kind.is_scored else {}) if stage and stage.state is StageState.CLOSED else {}
    if ranks:
        tasks = sorted(tasks, key=lambda task: (ranks.get(task.id, len(ranks)), task.number))
    theme_form = forms.get("theme_form") or AddThemeForm(formdata=None)
    minutes_form = forms.get("minutes_form") or AddMinutesForm(formdata=None)
    theme_form.offer(themes_to_add(round_))
    minutes_form.offer(minutes_to_add(round_))
    refused: ForumForm | None = next(iter(forms.values()), None)
    shown = refused or SeenForm(formdata=None)
    is_stale = refused is not None and refused.status == WRONG_STATE
    decide = forms.get("decide") if not is_stale else None
    return shown.page(
        "rounds/desk.html",
        round=round_,
        stage=stage,
        strip=strip_of(round_),
        sentence=now_sentence(round_),
        tasks=tasks,
        ranks=ranks,
        decide_form=decide or decide_form(tasks, round_.revision, is_sent=False),
        theme_form=theme_form,
        idea_form=forms.get("idea_form") or AddIdeaForm(formdata=None),
        minutes_form=minutes_form,
        panels=panels_of(PanelPlace.DESK, round_, current_user),
    )


def _edit_page(task_id: int, form: TaskForm, merge_form: MergeForm | None = None) -> ResponseReturnValue:
    task = get_task(task_id)
    form.offer(groups_of(task.round.term_id, GroupKind.SUBCOMMITTEE), task, ideas_of(task))
    merging = merge_form or MergeForm(formdata=None)
    merging.offer(_others(task_id))
    shown: ForumForm = merge_form or form
    return shown.page("rounds/edit.html", task=task, round=task.round, edit_form=form, merge_form=merging)
