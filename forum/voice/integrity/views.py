from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.extensions import db
from forum.core.i18n import _
from forum.voice.campaigns.queries import get_campaign
from forum.voice.integrity.forms import DecideForm, DismissForm, ExcludeForm, LookForm, WordsForm
from forum.voice.integrity.models import EXPLANATIONS, INNOCENT, ExclusionCase, ExclusionReason, VoteFinding
from forum.voice.integrity.permissions import can_decide_objection, can_judge_votes, can_see_findings
from forum.voice.integrity.queries import (
    campaigns_by_id,
    cases_of,
    cases_of_finding,
    decided_findings,
    found_ideas,
    found_people,
    get_case,
    get_finding,
    get_own_case,
    is_outdated,
    latest_cases,
    objections_waiting,
    open_findings,
    public_record,
    votes_by_minute,
)
from forum.voice.integrity.services import (
    MODERATORS_ONLY,
    decide_objection,
    dismiss_finding,
    exclude_people,
    lift_exclusion,
    look_at_votes,
    object_to,
)
from forum.voice.integrity.words import evidence_words
from forum.voice.moderation.queries import other_moderators
from forum.web.forms import ForumForm
from forum.web.gate import public
from forum.web.idempotency import no_replay
from forum.web.page_data import page_data
from forum.web.pagecache import same_for_visitors

bp = Blueprint("integrity", __name__, template_folder="templates")


@bp.get("/c/<slug>/excluded-votes")
@public
@same_for_visitors
def record(slug: str) -> ResponseReturnValue:
    """Show how many people's votes do not count, why, and what the results are with and without them."""
    campaign = get_campaign(slug)
    return render_template(
        "integrity/record.html",
        campaign=campaign,
        record=public_record(campaign),
        reasons=ExclusionReason,
        explained=EXPLANATIONS,
        fewest=MIN_PEOPLE_PER_CELL,
        **page_data("integrity/record.html", campaign),
    )


@bp.get("/excluded-votes")
def own() -> ResponseReturnValue:
    """Show the exclusions of one's own votes, and the form to object."""
    return _own_page()


@bp.post("/excluded-votes/<int:exclusion_id>/object")
def make_objection(exclusion_id: int) -> ResponseReturnValue:
    case, form = get_own_case(exclusion_id, current_user), WordsForm()
    with form.collect_errors():
        if form.validate_on_submit():
            object_to(case, current_user, form.words.data or "")
            db.session.commit()
            flash(_("이의를 받았어요. 투표를 뺀 사람이 아닌 다른 운영진이 판단하고 알려 드려요."))
            return redirect(url_for("integrity.own"), 303)
    return _own_page(form, exclusion_id)


@bp.get("/integrity")
def listing() -> ResponseReturnValue:
    require(can_see_findings(current_user), MODERATORS_ONLY)
    objections, latest = objections_waiting(), latest_cases()
    return render_template(
        "integrity/listing.html",
        findings=open_findings(),
        decided=decided_findings(),
        objections=objections,
        latest=latest,
        campaigns=campaigns_by_id({case.exclusion.campaign_id for case in [*objections, *latest]}),
        words_of=evidence_words,
    )


@bp.get("/integrity/findings/<int:finding_id>")
def finding(finding_id: int) -> ResponseReturnValue:
    return _finding_page(_finding_to_judge(finding_id))


@bp.post("/integrity/findings/<int:finding_id>/dismiss")
def dismiss(finding_id: int) -> ResponseReturnValue:
    found, form = _finding_to_judge(finding_id), DismissForm()
    with form.collect_errors():
        if form.validate_on_submit():
            dismiss_finding(found, current_user, form.words.data or "", form.seen_revision.data or 0)
            return _done(_("그대로 두기로 했어요."))
    return _finding_page(found, dismiss_form=form)


@bp.post("/integrity/findings/<int:finding_id>/exclude")
def exclude(finding_id: int) -> ResponseReturnValue:
    found, form = _finding_to_judge(finding_id), ExcludeForm()
    with form.collect_errors():
        if form.validate_on_submit():
            reason, words = form.reason.data or "", form.words.data or ""
            exclude_people(found, current_user, form.chosen(), reason, words, form.seen_revision.data or 0)
            return _done(_("투표를 집계에서 뺐어요. 그 사람들에게 까닭을 알렸어요."))
    return _finding_page(found, exclude_form=form)


@bp.post("/integrity/findings/<int:finding_id>/look")
@no_replay
def look_at(finding_id: int) -> ResponseReturnValue:
    """Show on what one person voted and when, not how, to a moderator who says why."""
    found, form = _finding_to_judge(finding_id), LookForm()
    with form.collect_errors():
        if form.validate_on_submit():
            whose = form.participant.data or 0
            votes = look_at_votes(found, current_user, whose, form.words.data or "")
            db.session.commit()
            page = render_template("integrity/votes.html", finding=found, participant_id=whose, votes=votes)
            return _kept_by_nobody(page)
    return _finding_page(found, look_form=form)


@bp.get("/integrity/exclusions/<int:exclusion_id>")
def exclusion(exclusion_id: int) -> ResponseReturnValue:
    return _case_page(_case_to_judge(exclusion_id))


@bp.post("/integrity/exclusions/<int:exclusion_id>/decide")
def decide(exclusion_id: int) -> ResponseReturnValue:
    case, form = _case_to_judge(exclusion_id), DecideForm()
    with form.collect_errors():
        if form.validate_on_submit():
            decide_objection(case, current_user, form.decision.data or "", form.words.data or "")
            return _done(_("이의에 답했어요. 그 사람에게 알렸어요."))
    return _case_page(case, decide_form=form)


@bp.post("/integrity/exclusions/<int:exclusion_id>/lift")
def lift(exclusion_id: int) -> ResponseReturnValue:
    case, form = _case_to_judge(exclusion_id), ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            lift_exclusion(case, current_user)
            return _done(_("투표를 다시 세요. 그 사람에게 알렸어요."))
    return _case_page(case, lift_form=form)


def _finding_to_judge(finding_id: int) -> VoteFinding:
    require(can_see_findings(current_user), MODERATORS_ONLY)
    return get_finding(finding_id)


def _case_to_judge(exclusion_id: int) -> ExclusionCase:
    """Return an exclusion to a moderator; their own votes' is none of their business."""
    require(can_see_findings(current_user), MODERATORS_ONLY)
    case = get_case(exclusion_id)
    require(can_judge_votes(current_user, case.participant_id), MODERATORS_ONLY)
    return case


def _own_page(form: WordsForm | None = None, refused: int = 0) -> ResponseReturnValue:
    """Return the page of one's own exclusions; `form` is the one that was refused, of the exclusion `refused`."""
    cases = cases_of(current_user)
    page = render_template(
        "integrity/own.html",
        cases=cases,
        campaigns=campaigns_by_id({case.exclusion.campaign_id for case in cases}),
        explained=EXPLANATIONS,
        form=form or WordsForm(formdata=None),
        blank=WordsForm(formdata=None),
        refused=refused,
    )
    return _kept_by_nobody(page, form.status if form else 200)


def _finding_page(found: VoteFinding, **forms: ForumForm) -> ResponseReturnValue:
    """Return the page of one finding; `forms` are those that were refused, the others are blank."""
    blank: dict[str, ForumForm] = {
        "dismiss_form": DismissForm(formdata=None),
        "exclude_form": ExcludeForm(formdata=None),
        "look_form": LookForm(formdata=None),
    }
    page = render_template(
        "integrity/finding.html",
        finding=found,
        campaign=found.campaign,
        words=evidence_words(found),
        innocent=INNOCENT[found.kind],
        ideas=found_ideas(found),
        people=found_people(found),
        minutes=votes_by_minute(found),
        cases=cases_of_finding(found),
        outdated=is_outdated(found),
        may_judge=lambda who: can_judge_votes(current_user, who),
        refused=list(forms.values()),
        **(blank | forms),
    )
    return _kept_by_nobody(page, _status(forms))


def _case_page(case: ExclusionCase, **forms: ForumForm) -> ResponseReturnValue:
    blank: dict[str, ForumForm] = {"decide_form": DecideForm(formdata=None)}
    page = render_template(
        "integrity/exclusion.html",
        case=case,
        campaign=campaigns_by_id({case.exclusion.campaign_id})[case.exclusion.campaign_id],
        may_decide=can_decide_objection(current_user, case, other_moderators(case.decided_by_id)),
        refused=list(forms.values()),
        **(blank | forms),
    )
    return _kept_by_nobody(page, _status(forms))


def _status(forms: dict[str, Any]) -> int:
    return max((form.status for form in forms.values()), default=200)


def _kept_by_nobody(page: str, status: int = 200) -> ResponseReturnValue:
    """Answer with a page of which no copy is kept, in the browser either: it is about somebody's votes."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _done(message: str) -> ResponseReturnValue:
    """Commit, and return to the list with a message."""
    db.session.commit()
    flash(message)
    return redirect(url_for("integrity.listing"), 303)
