"""The public page of the calculated lists with their proofs, the members' form, and the secretariat's acts."""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.advisory.departures import compare
from forum.deliberation.advisory.forms import RatingsForm, ReasonForm
from forum.deliberation.advisory.models import AdvisorySide
from forum.deliberation.advisory.pages import chosen_tasks, is_list_due, lists_page
from forum.deliberation.advisory.permissions import (
    ANALYSTS_ONLY,
    MEMBERS_ONLY,
    REASONS_BY,
    can_explain,
    can_open_ballot,
    can_rate,
)
from forum.deliberation.advisory.queries import (
    assembly_of,
    ballot_of,
    finalists,
    ratings_of,
    slate_of,
    slates_of,
    tied_tasks,
)
from forum.deliberation.advisory.services import explain_departure, open_ballot, rate_finalists, start_slate
from forum.deliberation.council.permissions import SECRETARIAT_ONLY, can_run_council
from forum.deliberation.council.queries import chair_signing, seat_of
from forum.deliberation.rounds.models import RoundState, StageState
from forum.deliberation.rounds.permissions import is_public_round
from forum.deliberation.rounds.queries import get_round, get_task
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

bp = Blueprint("advisory", __name__, template_folder="templates")
SIDES = {side.name.lower(): side for side in AdvisorySide}


@bp.get("/council/rounds/<int:round_id>/advisory")
@public
@same_for_visitors
def show(round_id: int) -> ResponseReturnValue:
    """Show what the council chose, and below it what a calculation would have chosen."""
    round_ = get_round(round_id)
    if not is_public_round(round_):
        raise NotFound(_("그런 대표과제 선정이 없어요."))
    return render_template(
        "advisory/show.html",
        round=round_,
        campaign=round_.campaign,
        page=lists_page(round_),
        may_rate=can_rate(seat_of(current_user, round_.term_id)),
    )


@bp.get("/council/rounds/<int:round_id>/advisory/<side>.json")
@public
@same_for_visitors
def proof(round_id: int, side: str) -> ResponseReturnValue:
    """Give a proof as it was published. Others name this address, so it never changes."""
    round_ = get_round(round_id)
    slate = slate_of(round_.id, SIDES[side]) if side in SIDES else None
    if slate is None or slate.proof is None:
        raise NotFound(_("이 목록에는 검산표가 없어요."))
    return Response(json.dumps(slate.proof, ensure_ascii=False), mimetype="application/json")


@bp.route("/council/rounds/<int:round_id>/finalists", methods=["GET", "POST"])
def rate(round_id: int) -> ResponseReturnValue:
    """Let a member say yes, pass or no to each finalist, having read that ballots are published."""
    round_ = get_round(round_id)
    require(can_rate(seat_of(current_user, round_.term_id)), str(MEMBERS_ONLY))
    form = RatingsForm()
    with form.collect_errors():
        if form.validate_on_submit():
            rate_finalists(round_, current_user, form.ratings())
            db.session.commit()
            flash(_("표를 남겼어요. 총회 단계가 끝날 때까지 고칠 수 있어요."))
            return redirect(url_for("advisory.rate", round_id=round_id), 303)
    round_ = get_round(round_id)
    seat, tasks = seat_of(current_user, round_.term_id), finalists(round_)
    assert seat is not None
    ids = [task.id for task in tasks]
    own = ratings_of(seat.id, ids)
    return form.page(
        "advisory/rate.html",
        round=round_,
        campaign=round_.campaign,
        tasks=tasks,
        own=own,
        shown=form.shown(tasks, own),
        tied=tied_tasks(seat, ids),
        is_open=assembly_of(round_).state is StageState.OPEN,
    )


@bp.post("/council/rounds/<int:round_id>/ballot")
def open_it(round_id: int) -> ResponseReturnValue:
    """Open the citizens' ballot on the finalists."""
    round_ = get_round(round_id)
    require(can_open_ballot(current_user), str(ANALYSTS_ONLY))
    shortlist = open_ballot(round_, current_user)
    db.session.commit()
    flash(_("최종 과제를 두고 시민의 후보 투표를 열었어요."))
    return redirect(url_for("shortlists.show", slug=shortlist.campaign.slug, number=shortlist.number), 303)


@bp.post("/council/rounds/<int:round_id>/advisory/slate")
def start(round_id: int) -> ResponseReturnValue:
    """Ask again for the members' list, whose job failed."""
    round_ = get_round(round_id)
    require(can_run_council(current_user), str(SECRETARIAT_ONLY))
    job = start_slate(round_, current_user)
    db.session.commit()
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.get("/council/rounds/<int:round_id>/advisory/reasons")
def reasons(round_id: int) -> ResponseReturnValue:
    """Show the finalists on both lists, with a field for the council's reason at each."""
    round_ = get_round(round_id)
    require(can_explain(current_user, chair_signing(current_user, round_.term_id)), str(REASONS_BY))
    return _reasons_page(round_id, ReasonForm(formdata=None), 0)


@bp.post("/council/tasks/<int:task_id>/departure")
def explain(task_id: int) -> ResponseReturnValue:
    task = get_task(task_id)
    round_id = task.round_id
    require(can_explain(current_user, chair_signing(current_user, task.round.term_id)), str(REASONS_BY))
    form = ReasonForm()
    with form.collect_errors():
        if form.validate_on_submit():
            explain_departure(task, current_user, form.text.data or "", form.seen_revision())
            db.session.commit()
            flash(_("까닭을 적었어요."))
            return redirect(url_for("advisory.reasons", round_id=round_id, _anchor=f"task-{task_id}"), 303)
    return _reasons_page(round_id, form, task_id)


def _reasons_page(round_id: int, form: ReasonForm, typed_for: int) -> ResponseReturnValue:
    """Render the page of reasons; what was typed for one task stands in its field."""
    round_ = get_round(round_id)
    tasks, stage = finalists(round_), assembly_of(round_)
    chosen = chosen_tasks(round_, tasks)
    is_closed = stage.state in {StageState.CLOSED, StageState.DECIDED}
    return form.page(
        "advisory/reasons.html",
        round=round_,
        campaign=round_.campaign,
        finalists=compare(round_, tasks, None if chosen is None else {task.id for task in chosen}),
        typed_for=typed_for,
        waits=is_closed and is_list_due(slates_of(round_id), ballot_of(round_id)),
        may_write=is_closed and round_.state is not RoundState.FINISHED,
    )
