from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.response.answers import services
from forum.response.answers.acceptance import cited_in_letter, outcome_of
from forum.response.answers.forms import AnswerForm, ReasonForm, ReviewForm
from forum.response.answers.parts import part_of
from forum.response.answers.permissions import can_approve_draft, loses_approval
from forum.response.answers.queries import (
    authors_of,
    get_draft,
    ideas_to_answer,
    letter_ideas,
    words_when_returned,
    writer_ids,
    writers_of,
)
from forum.response.answers.words import changes_since
from forum.response.referrals.models import Answer, Referral
from forum.response.referrals.permissions import can_answer, can_ask_reexamination
from forum.response.referrals.queries import get_referral
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.web.forms import query_number
from forum.web.uploads import accepts_files

bp = Blueprint("answers", __name__, template_folder="templates")
audit_rejected_posts(bp)
SUBMITTED = _l("결재를 올렸어요. 결재권이 있는 다른 담당자에게 알려요.")


@bp.get("/referrals/<int:referral_id>/answer")
def draft(referral_id: int) -> ResponseReturnValue:
    referral = _own(referral_id)
    if referral.draft and referral.draft.submitted_at:  # what is written now could not be saved
        return redirect(url_for("answers.read", answer_id=referral.draft.id))
    answer = referral.draft or referral.published_answer
    version = referral.published_answer.version if referral.published_answer else 0
    ideas, part = ideas_to_answer(referral_id).ideas, part_of(referral)
    prefilled = {**AnswerForm.prefilled(answer, version, ideas), **(part.prefilled(answer) if part else {})}
    form = AnswerForm.with_part(part)(formdata=None, data=prefilled)
    for _row in range(len(form.milestones), query_number("rows", 0) or 0):
        form.add_milestone()
    return _draft_page(form, referral)


@bp.post("/referrals/<int:referral_id>/answer")
@accepts_files
def save(referral_id: int) -> ResponseReturnValue:
    referral = get_referral(referral_id)
    services.require_answering(referral, current_user)
    part = part_of(referral)
    form = AnswerForm.with_part(part)()
    if "more" in request.form:  # one more row; nothing is saved yet
        form.add_milestone()
        return _draft_page(form, referral, is_adding=True)
    if "all_ideas" in request.form:  # likewise
        form.add_points(letter_ideas(referral_id))
        return _draft_page(form, referral)
    with form.collect_errors():
        if form.validate_on_submit():
            seen_version, seen_revision = form.seen()
            typed = replace(form.answer_input(), part=part.read(form) if part else None)
            answer = services.save_draft(referral, current_user, typed, seen_version, seen_revision)
            if "and_submit" in request.form:
                services.submit_draft(answer, current_user, answer.revision)
                flash(str(SUBMITTED))
            elif answer.revision == seen_revision:
                flash(_("바뀐 것이 없어 초안을 그대로 두었어요."))
            else:
                flash("초안을 저장했어요. 결재를 올리면 결재자가 공개해요.")
            db.session.commit()
            return redirect(url_for("answers.read", answer_id=answer.id), 303)
    return _draft_page(form, _own(referral_id))


@bp.get("/answers/<int:answer_id>")
def read(answer_id: int) -> ResponseReturnValue:
    return _read_page(ReviewForm(formdata=None), answer_id)


@bp.post("/answers/<int:answer_id>/submit")
def submit(answer_id: int) -> ResponseReturnValue:
    def act(draft: Answer, form: ReviewForm) -> str:
        services.submit_draft(draft, current_user, form.seen())
        return str(SUBMITTED)

    return _apply(answer_id, act)


@bp.post("/answers/<int:answer_id>/withdraw")
def withdraw(answer_id: int) -> ResponseReturnValue:
    def act(draft: Answer, form: ReviewForm) -> None:
        services.withdraw_draft(draft, current_user, form.seen())

    return _apply(answer_id, act)


@bp.post("/answers/<int:answer_id>/return")
def send_back(answer_id: int) -> ResponseReturnValue:
    def act(draft: Answer, form: ReviewForm) -> str:
        services.return_draft(draft, current_user, form.note.data or "", form.seen())
        return "고칠 점을 적어 돌려보냈어요."

    _require_approver(answer_id)
    return _apply(answer_id, act)


@bp.post("/answers/<int:answer_id>/approve")
def approve(answer_id: int) -> ResponseReturnValue:
    def act(draft: Answer, form: ReviewForm) -> str:
        form.require_read()
        services.approve_answer(draft, current_user, form.seen())
        return "답변을 공개했어요. 제안한 사람과 찬성한 사람에게 알려요."

    _require_approver(answer_id)
    return _apply(answer_id, act)


@bp.route("/referrals/<int:referral_id>/reexamination", methods=["GET", "POST"])
def reexamination(referral_id: int) -> ResponseReturnValue:
    require(can_ask_reexamination(current_user, authors_of(referral_id)), services.NOT_THE_CITIZENS_SIDE)
    referral = get_referral(referral_id)
    form = ReasonForm()
    with form.collect_errors():
        if form.validate_on_submit():
            services.ask_reexamination(referral, current_user, form.reason.data or "", form.seen())
            db.session.commit()
            flash("재심사를 요청했어요. 부처는 한 달 안에 다시 답해야 해요.")
            return redirect(url_for("referrals.show", referral_id=referral_id), 303)
    referral = get_referral(referral_id)
    return form.page("answers/reexamination.html", referral=referral, campaign=referral.theme.campaign)


def _own(referral_id: int) -> Referral:
    referral = get_referral(referral_id)
    if not can_answer(current_user, referral):
        raise NotFound("그런 전달 문서가 없어요.")
    return referral


def _draft_page(form: AnswerForm, referral: Referral, *, is_adding: bool = False) -> ResponseReturnValue:
    if is_adding and request.headers.get("HX-Request") == "true":
        # so that the browser finds as many rows, and fills them, when its reader comes back
        form.headers["HX-Replace-Url"] = url_for("answers.draft", referral_id=referral.id, rows=len(form.milestones))
        return form.page("answers/_milestone_rows.html", referral=referral, is_adding=True)
    found = ideas_to_answer(referral.id, form.answered_ids())
    quoted = {one.idea_id: one for one in found.ideas}
    part = part_of(referral)
    return form.page(
        "answers/draft.html",
        part_template=part.form_template if part else "",
        part=part.shown(referral.draft) if part else None,
        referral=referral,
        campaign=referral.theme.campaign,
        is_adding=is_adding,
        loses_approval=loses_approval(current_user, writer_ids(referral.draft) if referral.draft else ()),
        n_ideas=found.total,
        quoted=quoted,
        cited=cited_in_letter(referral.id, quoted),
    )


def _apply(answer_id: int, act: Callable[[Answer, ReviewForm], str | None]) -> ResponseReturnValue:
    """Do something with a draft; if that is refused, show the draft as it is now, with the errors and what was typed.

    :param act: returns the message to flash
    """
    draft = _own_draft(answer_id)
    form = ReviewForm()
    with form.collect_errors():
        if form.validate_on_submit():
            message = act(draft, form)
            db.session.commit()
            if message:
                flash(message)
            return redirect(_after(draft), 303)
    form.has_read.data = False  # the words may be others than those that were read
    return _read_page(form, answer_id)


def _after(answer: Answer) -> str:
    """Return the page to go on with: the letter, once the answer is public."""
    if answer.published_at is not None:
        return url_for("referrals.show", referral_id=answer.referral_id)
    return url_for("answers.read", answer_id=answer.id)


def _own_draft(answer_id: int) -> Answer:
    answer = get_draft(answer_id)
    if not can_answer(current_user, answer.referral):
        raise NotFound("그런 답변 초안이 없어요.")
    return answer


def _require_approver(answer_id: int) -> None:
    draft = _own_draft(answer_id)
    require(can_approve_draft(current_user, draft, writer_ids(draft)), services.NOT_AN_APPROVER)


def _read_page(form: ReviewForm, answer_id: int) -> ResponseReturnValue:
    answer = _own_draft(answer_id)
    quoted = {one.idea_id: one for one in ideas_to_answer(answer.referral_id).ideas}
    may = can_approve_draft(current_user, answer, writer_ids(answer))
    before = words_when_returned(answer.id) if answer.return_note and answer.submitted_at else None
    part = part_of(answer.referral)
    changes = changes_since(before, answer) if before else None
    if changes is not None and before and part:
        changes += part.changes_since(before.get("part", {}), answer)
    return form.page(
        "answers/read.html",
        part_template=part.shown_template if part else "",
        part=part.shown(answer) if part else None,
        answer=answer,
        referral=answer.referral,
        campaign=answer.referral.theme.campaign,
        quoted=quoted,
        cited=cited_in_letter(answer.referral_id, quoted),
        writers=writers_of(answer),
        can_approve=may,
        may_approve_later=may and answer.submitted_at is None and answer.published_at is None,
        changes=changes,
        outcome=None if answer.published_at else outcome_of(answer),
    )
