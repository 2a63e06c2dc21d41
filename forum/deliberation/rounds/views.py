"""The public pages of a round and its tasks, and a member's own page. `desk_views.py` is the secretariat's."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.queries import chair_signing, seat_of
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.desk_views import register_desk
from forum.deliberation.rounds.forms import ConflictForm, ProposeForm, SeenForm, WithdrawForm
from forum.deliberation.rounds.long_list import propose_task, withdraw_task
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, StageKind, StageState, TaskState
from forum.deliberation.rounds.pages import (
    mine_of,
    missing_signatures,
    now_sentence,
    public_conflicts,
    strip_of,
    task_groups,
    task_page,
)
from forum.deliberation.rounds.panels import PanelPlace
from forum.deliberation.rounds.permissions import (
    CHAIRS_ONLY,
    MEMBERS_ONLY,
    NOT_IN_COUNCIL,
    can_propose_task,
    can_run_round,
    can_sign_result,
    is_public_round,
)
from forum.deliberation.rounds.queries import get_round, get_task
from forum.deliberation.rounds.signing import sign_result
from forum.web.forms import ForumForm
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors
from forum.web.panels import panels_of

bp = Blueprint("rounds", __name__, template_folder="templates")
register_desk(bp)


@bp.get("/council/rounds/<int:round_id>")
@public
@same_for_visitors
def show(round_id: int) -> ResponseReturnValue:
    """Show a round: its stages, tasks, statements and what other slices add, such as scores and the result."""
    round_ = _readable_round(round_id)
    return render_template(
        "rounds/show.html",
        round=round_,
        strip=strip_of(round_),
        sentence=now_sentence(round_),
        missing=missing_signatures(round_),
        groups=task_groups(round_),
        conflicts=public_conflicts(round_),
        mine=mine_of(round_, current_user),
        panels=panels_of(PanelPlace.ROUND, round_, current_user),
    )


@bp.get("/council/tasks/<int:task_id>")
@public
@same_for_visitors
def task(task_id: int) -> ResponseReturnValue:
    """Show a task, the citizens' words it comes from, and what each stage decided on it."""
    return _task_page(_readable_task(task_id), ConflictForm(formdata=None), WithdrawForm(formdata=None))


@bp.post("/council/tasks/<int:task_id>/conflict")
def conflict(task_id: int) -> ResponseReturnValue:
    """Declare a conflict of interest."""
    found = _readable_task(task_id)
    require(mine_of(found.round, current_user).is_member, str(NOT_IN_COUNCIL))
    form = ConflictForm()
    with form.collect_errors():
        if form.validate_on_submit():
            declare_conflict(found, current_user, form.text.data or "")
            db.session.commit()
            flash(_("이해관계를 신고했어요. 이 과제에는 점수를 매기거나 표결하지 않아요."))
            return redirect(url_for("rounds.task", task_id=task_id), 303)
    return _task_page(_readable_task(task_id), form, WithdrawForm(formdata=None))


@bp.post("/council/tasks/<int:task_id>/withdraw")
def withdraw(task_id: int) -> ResponseReturnValue:
    """Take a task out of the round: the secretariat, or a member their own proposal."""
    found = _readable_task(task_id)
    require(_may_withdraw(found), _("간사와 과제를 낸 위원만 거둘 수 있어요."))
    form = WithdrawForm()
    with form.collect_errors():
        if form.validate_on_submit():
            withdraw_task(found, current_user, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("과제를 거두었어요."))
            return redirect(url_for("rounds.task", task_id=task_id), 303)
    return _task_page(_readable_task(task_id), ConflictForm(formdata=None), form)


@bp.get("/council/rounds/<int:round_id>/mine")
def mine(round_id: int) -> ResponseReturnValue:
    """Show a member, or somebody of a team, what waits for them in a round."""
    return _mine_page(_own_round(round_id), ProposeForm(formdata=None), SeenForm(formdata=None))


@bp.post("/council/rounds/<int:round_id>/propose")
def propose(round_id: int) -> ResponseReturnValue:
    """Put a member's own proposal on the long list."""
    round_ = _readable_round(round_id)
    require(can_propose_task(seat_of(current_user, round_.term_id)), str(MEMBERS_ONLY))
    form = ProposeForm()
    with form.collect_errors():
        if form.validate_on_submit():
            words = (form.title.data or "", form.summary.data or "")
            made = propose_task(round_, current_user, *words, form.idea_ids())
            db.session.commit()
            flash(_("과제를 긴 목록에 올렸어요."))
            return redirect(url_for("rounds.task", task_id=made.id), 303)
    return _mine_page(_readable_round(round_id), form, SeenForm(formdata=None))


@bp.post("/council/rounds/<int:round_id>/sign")
def sign(round_id: int) -> ResponseReturnValue:
    """Sign the assembly's result, as one of the joint chairs or in the place of one."""
    round_ = _readable_round(round_id)
    require(can_sign_result(chair_signing(current_user, round_.term_id)), str(CHAIRS_ONLY))
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            is_finished = sign_result(round_, current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("두 공동위원장이 서명해 대표과제가 확정됐어요.") if is_finished else _("서명했어요."))
            return redirect(url_for("rounds.show", round_id=round_id), 303)
    return _mine_page(_readable_round(round_id), ProposeForm(formdata=None), form)


def _readable_round(round_id: int) -> CouncilRound:
    """:raise NotFound: there is none, or it is only planned and the reader does not run it"""
    round_ = get_round(round_id)
    if not is_public_round(round_) and not can_run_round(current_user):
        raise NotFound(_("그런 대표과제 선정이 없어요."))
    return round_


def _readable_task(task_id: int) -> CouncilTask:
    """:raise NotFound: there is none, or its round is not public"""
    task = get_task(task_id)
    _readable_round(task.round_id)
    return task


def _own_round(round_id: int) -> CouncilRound:
    """:raise Forbidden: neither a member nor somebody of a team, nor a chair's substitute"""
    round_ = _readable_round(round_id)
    own = mine_of(round_, current_user)
    require(own.is_member or own.may_sign, _("협의회 위원과 국민포럼팀의 화면이에요."))
    return round_


def _may_withdraw(found: CouncilTask) -> bool:
    seat = seat_of(current_user, found.round.term_id)
    return can_run_round(current_user) or (seat is not None and seat.id == found.proposer_seat_id)


def _task_page(found: CouncilTask, conflict_form: ConflictForm, withdraw_form: WithdrawForm) -> ResponseReturnValue:
    form: ForumForm = withdraw_form if withdraw_form.is_submitted() and withdraw_form.status != 200 else conflict_form
    return form.page(
        "rounds/task.html",
        task=found,
        round=found.round,
        page=task_page(found),
        mine=mine_of(found.round, current_user),
        may_withdraw=_may_withdraw(found) and found.state is TaskState.IN_ROUND,
        conflict_form=conflict_form,
        withdraw_form=withdraw_form,
        panels=panels_of(PanelPlace.TASK, found, current_user),
    )


def _mine_page(round_: CouncilRound, propose_form: ProposeForm, sign_form: SeenForm) -> ResponseReturnValue:
    form: ForumForm = sign_form if sign_form.status != 200 else propose_form
    return form.page(
        "rounds/mine.html",
        round=round_,
        strip=strip_of(round_),
        sentence=now_sentence(round_),
        mine=mine_of(round_, current_user),
        missing=missing_signatures(round_),
        takes_proposals=round_.stage(StageKind.LONG_LIST).state is StageState.OPEN,
        propose_form=propose_form,
        sign_form=sign_form,
        panels=panels_of(PanelPlace.MEMBER, round_, current_user),
    )
