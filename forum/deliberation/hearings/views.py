"""The public page of a hearing, a proposer's answer, a guardian's consent, and signed opinions."""

from __future__ import annotations

import io

from flask import Blueprint, Response, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.calendars import CONTENT_TYPE
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.queries import seat_of
from forum.deliberation.hearings.calendar import calendar_of
from forum.deliberation.hearings.consents import give_consent, revoke_consent
from forum.deliberation.hearings.desk_views import register_desk
from forum.deliberation.hearings.forms import AcceptForm, ConsentForm, OpinionForm, QuestionForm, SeenForm
from forum.deliberation.hearings.invitations import accept, decline
from forum.deliberation.hearings.models import Hearing, HearingInvitation
from forum.deliberation.hearings.opinions import send_opinion
from forum.deliberation.hearings.pages import hearing_page
from forum.deliberation.hearings.permissions import (
    NOT_ASKING,
    NOT_INVITED,
    ONLY_THE_GUARDIAN,
    can_answer_for,
    can_ask,
    is_asked_for_opinion,
    is_invited,
)
from forum.deliberation.hearings.queries import (
    get_file,
    get_hearing,
    get_invitation,
    get_opinion,
    get_question,
    invitation_from_token,
    invitation_of,
)
from forum.deliberation.hearings.questions import ask_question, vote_question
from forum.web.downloads import attachment
from forum.web.forms import ForumForm
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors
from forum.web.uploads import accepts_files

bp = Blueprint("hearings", __name__, template_folder="templates")
register_desk(bp)
OK = 200


@bp.get("/council/hearings/<int:hearing_id>")
@public
@same_for_visitors
def show(hearing_id: int) -> ResponseReturnValue:
    """Show a hearing: when and where, who explains, the questions and answers, and what changed."""
    hearing = get_hearing(hearing_id)
    return _page(hearing, QuestionForm(formdata=None), _accept_form(hearing))


@bp.get("/council/hearings/<int:hearing_id>.ics")
@public
def calendar(hearing_id: int) -> ResponseReturnValue:
    """Give a hearing as a calendar file."""
    response = Response(calendar_of(get_hearing(hearing_id)), content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = attachment(
        _("직접-설명-%(n)s.ics", n=hearing_id), f"hearing-{hearing_id}.ics"
    )
    return response


@bp.get("/council/hearings/files/<int:file_id>")
@public
def file(file_id: int) -> ResponseReturnValue:
    """Give a document of a hearing."""
    found = get_file(file_id)
    response = send_file(io.BytesIO(found.content), mimetype=found.media_type, etag=found.sha256)
    response.headers["Content-Disposition"] = attachment(found.name, f"hearing-file-{found.id}")
    return response


@bp.post("/council/hearings/<int:hearing_id>/questions")
def ask(hearing_id: int) -> ResponseReturnValue:
    """Send a question ahead."""
    hearing = get_hearing(hearing_id)
    require(can_ask(current_user, seat_of(current_user, hearing.task.round.term_id)), str(NOT_ASKING))
    form = QuestionForm()
    with form.collect_errors():
        if form.validate_on_submit():
            ask_question(hearing, current_user, form.text.data or "", request.remote_addr)
            db.session.commit()
            flash(_("질문을 보냈어요."))
            return redirect(url_for("hearings.show", hearing_id=hearing_id), 303)
    return _page(get_hearing(hearing_id), form, _accept_form(get_hearing(hearing_id)))


@bp.post("/council/questions/<int:question_id>/want")
def want(question_id: int) -> ResponseReturnValue:
    """Say that one wants a question asked."""
    return _vote(question_id, wants=True)


@bp.post("/council/questions/<int:question_id>/unwant")
def unwant(question_id: int) -> ResponseReturnValue:
    """Take that back."""
    return _vote(question_id, wants=False)


@bp.post("/council/invitations/<int:invitation_id>/accept")
@accepts_files
def accept_invitation(invitation_id: int) -> ResponseReturnValue:
    """Accept an invitation, or change how one explains."""
    invitation = _own_invitation(invitation_id)
    form = AcceptForm()
    with form.collect_errors():
        if form.validate_on_submit():
            accept(
                invitation,
                current_user,
                form.chosen_way(),
                form.proxy_name.data or "",
                form.statement.data or "",
                form.video_url.data or "",
                form.own_word(),
                form.guardian_email.data or "",
                upload=form.file(),
                address=request.remote_addr,
                seen=form.seen_revision(),
            )
            db.session.commit()
            waits = invitation.lacks_consent
            flash(_("보호자에게 메일을 보냈어요. 동의하면 확정돼요.") if waits else _("설명하기로 했어요. 고마워요."))
            return redirect(url_for("hearings.show", hearing_id=invitation.hearing_id), 303)
    hearing = get_invitation(invitation_id).hearing
    return _page(hearing, QuestionForm(formdata=None), form)


@bp.post("/council/invitations/<int:invitation_id>/decline")
def decline_invitation(invitation_id: int) -> ResponseReturnValue:
    """Decline an invitation."""
    invitation = _own_invitation(invitation_id)
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            decline(invitation, current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("설명하지 않기로 했어요. 괜찮아요."))
            return redirect(url_for("hearings.show", hearing_id=invitation.hearing_id), 303)
    hearing = get_invitation(invitation_id).hearing
    return _page(hearing, QuestionForm(formdata=None), _accept_form(hearing), refused=form)


@bp.route("/council/hearings/consent/<token>", methods=["GET", "POST"])
@public
def consent(token: str) -> ResponseReturnValue:
    """Let a guardian consent to a minor's hearing, refuse, or take the consent back."""
    invitation = invitation_from_token(token)
    may = can_answer_for(current_user, invitation)
    if request.method == "POST":
        require(may, str(ONLY_THE_GUARDIAN))
    form = ConsentForm()
    with form.collect_errors():
        if form.validate_on_submit():
            if "refuse" in request.form:
                revoke_consent(invitation, current_user)
            elif form.agrees.data:
                give_consent(invitation, current_user, form.name.data or "")
            else:
                raise InvalidInput({"agrees": _("동의하려면 이 칸을 골라 주세요.")})
            db.session.commit()
            return redirect(url_for("hearings.consent", token=token), 303)
    shown = {"invitation": invitation, "hearing": invitation.hearing, "token": token, "may": may}
    return form.page("hearings/consent.html", **shown, only_the_guardian=ONLY_THE_GUARDIAN)


@bp.get("/opinions/<int:opinion_id>")
def opinion(opinion_id: int) -> ResponseReturnValue:
    """Show an invited expert or group the form for their opinion."""
    found = get_opinion(opinion_id)
    require(is_asked_for_opinion(current_user, found), str(NOT_INVITED))
    form = OpinionForm(data={"text": found.text, "seen": found.revision})
    return form.page("hearings/opinion.html", opinion=found)


@bp.post("/opinions/<int:opinion_id>")
def save_opinion(opinion_id: int) -> ResponseReturnValue:
    """Send an opinion under one's name."""
    found = get_opinion(opinion_id)
    require(is_asked_for_opinion(current_user, found), str(NOT_INVITED))
    form = OpinionForm()
    with form.collect_errors():
        if form.validate_on_submit():
            send_opinion(found, current_user, form.text.data or "", request.remote_addr, seen=form.seen_revision())
            db.session.commit()
            flash(_("의견을 공개했어요. 고마워요."))
            return redirect(url_for("hearings.opinion", opinion_id=opinion_id), 303)
    return form.page("hearings/opinion.html", opinion=get_opinion(opinion_id))


def _vote(question_id: int, wants: bool) -> ResponseReturnValue:
    question = get_question(question_id)
    vote_question(question, current_user, wants)
    db.session.commit()
    return redirect(url_for("hearings.show", hearing_id=question.hearing_id, _anchor=f"question-{question_id}"), 303)


def _own_invitation(invitation_id: int) -> HearingInvitation:
    """:raise Forbidden: somebody else's"""
    invitation = get_invitation(invitation_id)
    require(is_invited(current_user, invitation), str(NOT_INVITED))
    return invitation


def _accept_form(hearing: Hearing) -> AcceptForm:
    """Return the form of the reader's own invitation, with what they wrote."""
    own = invitation_of(hearing.id, current_user)
    data: dict[str, object] = {}
    if own is not None:
        data = {
            "way": own.way.name if own.way else None,
            "proxy_name": own.proxy_name,
            "statement": own.statement,
            "video_url": own.video_url,
            "guardian_email": own.guardian_email or "",
        }
    return AcceptForm(formdata=None, data=data)


def _page(
    hearing: Hearing, question_form: QuestionForm, accept_form: AcceptForm, refused: ForumForm | None = None
) -> ResponseReturnValue:
    shown = refused or (accept_form if accept_form.status != OK else question_form)
    return shown.page(
        "hearings/show.html",
        hearing=hearing,
        round=hearing.task.round,
        page=hearing_page(hearing, current_user),
        question_form=question_form,
        accept_form=accept_form,
        refused=refused,
    )
