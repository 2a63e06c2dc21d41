"""The pages on which members score, the criteria, and the public scores of a closed stage."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.rounds.models import CouncilRound, CouncilTask
from forum.deliberation.rounds.queries import get_round, get_task, has_tie, member_at, scorers_of
from forum.deliberation.scorecards.beside import peoples_views
from forum.deliberation.scorecards.criteria import require_changeable, set_criteria
from forum.deliberation.scorecards.forms import (
    CriteriaForm,
    ExplainForm,
    NameForm,
    ScoreForm,
    criteria_form,
    score_form,
)
from forum.deliberation.scorecards.models import Scorecard
from forum.deliberation.scorecards.pages import stage_scores
from forum.deliberation.scorecards.permissions import (
    HAS_TIE,
    NOT_YOURS,
    OWN_CARD,
    can_score,
    can_set_criteria,
    is_own_card,
)
from forum.deliberation.scorecards.queries import card_of, criteria_of, get_card, get_stage, is_public_stage, takes_part
from forum.deliberation.scorecards.services import explain, require_scoring, score, show_name
from forum.people.accounts.permissions import may_take_part, why_not_take_part
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

bp = Blueprint("scorecards", __name__, template_folder="templates")


@bp.get("/council/rounds/<int:round_id>/criteria")
def criteria(round_id: int) -> ResponseReturnValue:
    """Show the form that sets the criteria of a round."""
    require(can_set_criteria(current_user), str(SECRETARIAT_ONLY))
    round_ = get_round(round_id)
    require_changeable(round_)
    return _criteria_page(round_, criteria_form(criteria_of(round_id), round_.revision))


@bp.post("/council/rounds/<int:round_id>/criteria")
def save_criteria(round_id: int) -> ResponseReturnValue:
    """Set the criteria of a round."""
    require(can_set_criteria(current_user), str(SECRETARIAT_ONLY))
    form = CriteriaForm()
    with form.collect_errors():
        if form.validate_on_submit():
            set_criteria(get_round(round_id), current_user, form.typed(), seen=form.seen_revision())
            db.session.commit()
            flash(_("평가 기준을 정했어요."))
            return redirect(url_for("rounds.desk", round_id=round_id), 303)
    return _criteria_page(get_round(round_id), form)


@bp.get("/council/tasks/<int:task_id>/score")
def card(task_id: int) -> ResponseReturnValue:
    """Show a member the form that scores a task, with their own scores."""
    task = get_task(task_id)
    own = _own_card(task)
    require_scoring(task)
    return _score_page(task, score_form(criteria_of(task.round_id), own, is_sent=False), own)


@bp.post("/council/tasks/<int:task_id>/score")
def save(task_id: int) -> ResponseReturnValue:
    """Score a task, or change one's own scores while the stage is open."""
    task = get_task(task_id)
    own = _own_card(task)
    form = score_form(criteria_of(task.round_id), own)
    with form.collect_errors():
        if form.validate_on_submit():
            score(task, current_user, form.typed_scores(), form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("점수를 매겼어요. 단계가 닫힐 때까지 고칠 수 있어요."))
            return redirect(url_for("rounds.mine", round_id=task.round_id), 303)
    task = get_task(task_id)
    return _score_page(task, form, _own_card(task))


@bp.post("/council/scorecards/<int:card_id>/explain")
def explain_card(card_id: int) -> ResponseReturnValue:
    """Say why one's scores are far from the others'."""
    found = get_card(card_id)
    require(is_own_card(current_user, found), str(OWN_CARD))
    form = ExplainForm()
    with form.collect_errors():
        if form.validate_on_submit():
            explain(found, current_user, form.text.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("까닭을 적었어요."))
            return redirect(url_for("rounds.mine", round_id=found.stage.round_id), 303)
    return form.page("scorecards/explain.html", card=get_card(card_id), round=get_card(card_id).stage.round)


@bp.post("/council/scorecards/<int:card_id>/name")
def name(card_id: int) -> ResponseReturnValue:
    """Show one's name beside one's own scores, or take it away."""
    found = get_card(card_id)
    require(is_own_card(current_user, found), str(OWN_CARD))
    form = NameForm()
    with form.collect_errors():
        if form.validate_on_submit():
            show_name(found, current_user, bool(form.shows.data))
            db.session.commit()
    return redirect(url_for("rounds.mine", round_id=found.stage.round_id), 303)


@bp.get("/council/stages/<int:stage_id>/scores")
@public
@same_for_visitors
def scores(stage_id: int) -> ResponseReturnValue:
    """Show what a closed stage's scores gave: distributions and reasons, without names."""
    stage = get_stage(stage_id)
    if not stage.kind.is_scored or not is_public_stage(stage):
        raise NotFound(_("이 단계의 점수는 단계를 닫은 뒤에 볼 수 있어요."))
    return render_template("scorecards/scores.html", stage=stage, round=stage.round, page=stage_scores(stage))


def _own_card(task: CouncilTask) -> Scorecard | None:
    """Return the reader's own card of the present stage; None without one, or while none is scored.

    :raise Forbidden: not among those who score in this round or weigh the task now, or with a tie to it
    """
    require(takes_part(task.round, current_user), str(NOT_YOURS))
    stage = task.round.present_stage
    if stage is None or not stage.kind.is_scored:
        return None
    member = member_at(current_user, stage)
    require(can_score(member, scorers_of(stage, task)), str(NOT_YOURS))
    assert member is not None
    if member.team_member is not None:
        require(may_take_part(current_user), why_not_take_part(current_user))
    require(not has_tie(task, member), str(HAS_TIE))
    return card_of(stage, task.id, member)


def _score_page(task: CouncilTask, form: ScoreForm, own: Scorecard | None) -> ResponseReturnValue:
    return form.page(
        "scorecards/score.html",
        task=task,
        round=task.round,
        stage=task.round.present_stage,
        card=own,
        view=peoples_views(task.round, [task.id]).get(task.id),
    )


def _criteria_page(round_: CouncilRound, form: CriteriaForm) -> ResponseReturnValue:
    return form.page("scorecards/criteria.html", round=round_)
