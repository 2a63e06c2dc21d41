from __future__ import annotations

from pathlib import PurePosixPath

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.routing.services import suggest_ministries
from forum.analysis.themes.queries import get_theme
from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db, limiter
from forum.core.i18n import _
from forum.core.korean import short_day
from forum.people.follows.queries import follow_state
from forum.people.ministries.queries import get_ministry
from forum.response.referrals import lists, services
from forum.response.referrals.actions import available_actions, has_tasks
from forum.response.referrals.clock_rows import board_rows, ministry_rows
from forum.response.referrals.desk import DeskStep, approves, desk_rows, done_rows, waiting_by_step, written_drafts
from forum.response.referrals.forms import (
    AskCorrectionForm,
    CorrectionForm,
    ForwardForm,
    InterimForm,
    OpinionForm,
    TransferForm,
)
from forum.response.referrals.interim import (
    give_interim_answer,
    interim_answers,
    last_event_of,
    standing_interims,
)
from forum.response.referrals.letter_pdf import letter_pdf
from forum.response.referrals.lists import LetterFilter
from forum.response.referrals.models import FileKind, Referral
from forum.response.referrals.permissions import (
    can_forward,
    can_give_correction,
    can_read_letter,
    can_read_quoted_words,
    can_use_ministry_desk,
    is_own_assignment,
)
from forum.response.referrals.promises import late_reasons_of
from forum.response.referrals.queries import (
    events_of,
    files_of,
    get_assignment,
    get_file,
    get_referral,
    past_choices,
    quoted_ideas,
    referrals_of,
)
from forum.response.referrals.states import may_give_interim
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.voice.campaigns.queries import get_campaign
from forum.web.downloads import ALONE, attachment
from forum.web.forms import HTTP_OK, ForumForm, query_number
from forum.web.gate import public
from forum.web.page_data import page_data
from forum.web.pagecache import same_for_visitors
from forum.web.uploads import accepts_files

bp = Blueprint("referrals", __name__, template_folder="templates")
audit_rejected_posts(bp)


@bp.get("/c/<slug>/referrals")
@public
@same_for_visitors
def board(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    found = lists.board(campaign, *_place_in_list())
    more = page_data("referrals/board.html", campaign) if found.letters else {}
    more |= page_data("referrals/_list.html", found.letters)
    return render_template(
        "referrals/board.html", campaign=campaign, found=found, clock_rows=board_rows(found.letters), **more
    )


def _place_in_list() -> tuple[LetterFilter, int, int]:
    """Return which letters the address asks for, the page, and how many a page has."""
    wanted = request.args.get("state")
    which = next((one for one in LetterFilter if one.value == wanted), LetterFilter.ALL)
    return which, query_number("page", 1) or 1, current_app.config["PAGE_SIZE"]


@bp.get("/referrals/<int:referral_id>")
@public
@same_for_visitors
def show(referral_id: int) -> ResponseReturnValue:
    referral = get_referral(referral_id)
    own = next((one for one in referral.assignments if is_own_assignment(current_user, one)), None)
    quoted = quoted_ideas(referral_id)
    authors = {one.idea.author_id for one in quoted if one.idea.author_id is not None}
    actions = {one.id: available_actions(one, current_user, authors) for one in referral.assignments}
    can_read_all = can_read_quoted_words(current_user, referral)
    events = events_of(referral_id)
    return render_template(
        "referrals/show.html",
        referral=referral,
        theme=referral.theme,
        campaign=referral.theme.campaign,
        clock_rows=ministry_rows(referral),
        events=events,
        interims=standing_interims(events),
        late_reasons=late_reasons_of(referral.published_answer),
        files=files_of(referral_id),
        quoted=quoted,
        can_read=can_read_letter(current_user, referral),
        can_read_all=can_read_all,
        titles={one.idea_id: one.title for one in quoted if can_read_all or not one.is_gone},
        own=own,
        has_tasks=own is not None and has_tasks(own),
        writes_own_draft=own is None or not _is_others_draft(referral),
        actions=actions,
        own_actions=actions[own.id] if own else (),
        lead_actions=actions[referral.lead.id],
        **page_data("referrals/show.html", referral),
    )


def _is_others_draft(referral: Referral) -> bool:
    """Return whether the reader may approve the draft, once its writers submit it."""
    if referral.draft is None or not current_user.can_approve_answers:
        return False
    return approves(current_user, referral.draft.id, written_drafts(current_user))


@bp.get("/referrals/<int:referral_id>/letter.pdf")
@public
@limiter.limit("30 per minute")
def letter(referral_id: int) -> ResponseReturnValue:
    referral = get_referral(referral_id)
    if not can_read_letter(current_user, referral):
        raise NotFound("답변이 공개되면 편지도 볼 수 있어요.")
    pdf = letter_pdf(referral, with_withdrawn=can_read_quoted_words(current_user, referral))
    return _attachment(
        pdf, "application/pdf", f"{referral.code}.pdf", f"letter-{referral.year}-{referral.number:04d}.pdf"
    )


@bp.get("/referrals/files/<int:file_id>")
@public
def file(file_id: int) -> ResponseReturnValue:
    found, referral = get_file(file_id)
    if found.kind is not FileKind.EVIDENCE and not can_read_letter(current_user, referral):
        raise NotFound("그런 파일이 없어요.")
    return _attachment(found.content, found.media_type, found.name, f"file-{file_id}{PurePosixPath(found.name).suffix}")


@bp.get("/ministries/<code>")
@public
@same_for_visitors
def ministry(code: str) -> ResponseReturnValue:
    """What a ministry was sent and what became of it, with the button to follow it."""
    found = get_ministry(code)
    letters = lists.letters_to(found.id, *_place_in_list())
    return render_template(
        "referrals/ministry.html",
        ministry=found,
        found=letters,
        clock_rows=board_rows(letters.letters, found.id),
        is_sample=any(one.theme.campaign.is_sample for one in letters.letters),
        follow=follow_state("ministry", found.id, current_user),
        **page_data("referrals/ministry.html", found),
        **page_data("referrals/_list.html", letters.letters),
    )


@bp.get("/ministry")
def desk() -> ResponseReturnValue:
    require(can_use_ministry_desk(current_user))
    wanted = DeskStep.__members__.get(request.args.get("step", "").upper())
    rows = desk_rows(current_user)
    done = [] if wanted else done_rows(current_user)
    return render_template(
        "referrals/desk.html",
        rows=[row for row in rows if wanted in (None, row.step)],
        done=done,
        wanted=wanted,
        waiting=waiting_by_step(row.step for row in rows),
        ministry_code=next((row.assignment.ministry.code for row in (*rows, *done)), None),
        Step=DeskStep,
        **page_data("referrals/_desk_more.html", current_user),
    )


@bp.route("/themes/<int:theme_id>/forward", methods=["GET", "POST"])
@accepts_files
def forward(theme_id: int) -> ResponseReturnValue:
    require(can_forward(current_user))
    theme, form = get_theme(theme_id), ForwardForm()
    is_adding = request.method == "POST" and "add_co" in request.form  # one more box; nothing is sent yet
    with form.collect_errors():
        if is_adding:
            form.add_co_ministry()
        elif form.validate_on_submit():
            lead, co = form.lead_ministry(), form.co_ministries()
            due_on, upload = form.due_on.data, form.file()
            seen, similar = form.seen_version(), form.similar_themes()
            sent = services.forward_theme(
                theme, current_user, lead, co, form.letter.data, due_on, upload, version=seen, similar=similar
            )
            db.session.commit()
            flash(f"{sent.code} 문서로 전달했어요.")
            return _back(sent.id)
    theme = get_theme(theme_id)
    if is_adding and request.headers.get("HX-Request") == "true":
        form.status = HTTP_OK  # htmx shows nothing that was refused
        return form.page("referrals/_co_ministries.html", is_adding=True)
    return form.page(
        "referrals/forward.html",
        is_adding=is_adding,
        theme=theme,
        campaign=theme.campaign,
        earlier=referrals_of(theme_id),
        suggestions=suggest_ministries(theme, past_choices(theme_id)),
        **page_data("referrals/forward.html", theme),
    )


@bp.post("/referrals/<int:referral_id>/acknowledge")
def acknowledge(referral_id: int) -> ResponseReturnValue:
    referral = get_referral(referral_id)
    services.acknowledge(referral, current_user)
    own = next(one for one in referral.assignments if is_own_assignment(current_user, one))
    if own.is_lead:
        flash(_("접수했어요. 이제 아래 편지를 읽고, %(day)s까지 답변을 써 주세요.", day=short_day(own.clock.due_on)))
    else:
        flash(_("접수했어요. 이제 아래 편지를 읽고 협조 의견을 써 주세요."))
    db.session.commit()
    return _back(referral_id)


@bp.post("/referrals/<int:referral_id>/review")
def review(referral_id: int) -> ResponseReturnValue:
    services.start_review(get_referral(referral_id), current_user)
    flash(_("검토를 시작했다고 알렸어요. 이제 답변을 써 주세요."))
    db.session.commit()
    return _back(referral_id)


@bp.route("/referrals/<int:referral_id>/correction", methods=["GET", "POST"])
def correction(referral_id: int) -> ResponseReturnValue:
    services.own_assignment(get_referral(referral_id), current_user)
    form = AskCorrectionForm()
    with form.collect_errors():
        if form.validate_on_submit():
            reason, until_on = form.reason.data or "", form.until_on.data
            services.ask_correction(get_referral(referral_id), current_user, reason, until_on)
            db.session.commit()
            flash("보완을 요청했어요. 보완이 오거나 기한이 지나면 시계가 다시 가요.")
            return _back(referral_id)
    return _act_page(form, referral_id, "correction")


@bp.route("/referrals/parts/<int:part_id>/correction", methods=["GET", "POST"])
@accepts_files
def give_correction(part_id: int) -> ResponseReturnValue:
    require(can_give_correction(current_user))
    assignment, form = get_assignment(part_id), CorrectionForm()
    referral_id = assignment.referral_id
    with form.collect_errors():
        if form.validate_on_submit():
            services.give_correction(assignment, current_user, form.text.data or "", form.file())
            db.session.commit()
            flash("보완한 내용을 보냈어요.")
            return _back(referral_id)
    return _act_page(form, referral_id, "give_correction")


@bp.route("/referrals/<int:referral_id>/transfer", methods=["GET", "POST"])
def transfer(referral_id: int) -> ResponseReturnValue:
    services.own_assignment(get_referral(referral_id), current_user)
    form = TransferForm()
    with form.collect_errors():
        if form.validate_on_submit():
            target, reason = form.target(), form.reason.data or ""
            services.transfer(get_referral(referral_id), current_user, target, reason)
            db.session.commit()
            flash(f"{target.name}에 이송했어요.")
            return _back(referral_id)
    referral = get_referral(referral_id)
    guesses = suggest_ministries(referral.theme, past_choices(referral.theme_id))
    others = [one for one in guesses if one.ministry.id != current_user.ministry_id]
    return _act_page(form, referral_id, "transfer", suggestions=others)


@bp.route("/referrals/<int:referral_id>/opinion", methods=["GET", "POST"])
def opinion(referral_id: int) -> ResponseReturnValue:
    services.own_assignment(get_referral(referral_id), current_user)
    form = OpinionForm()
    with form.collect_errors():
        if form.validate_on_submit():
            services.give_opinion(get_referral(referral_id), current_user, form.text.data or "")
            db.session.commit()
            flash("협조 의견을 공개했어요.")
            return _back(referral_id)
    return _act_page(form, referral_id, "opinion")


@bp.route("/referrals/<int:referral_id>/interim", methods=["GET", "POST"])
def interim(referral_id: int) -> ResponseReturnValue:
    services.own_assignment(get_referral(referral_id), current_user)
    form = InterimForm()
    with form.collect_errors():
        if form.validate_on_submit():
            text, day, seen = form.text.data or "", form.expected_on.data, form.seen_event()
            give_interim_answer(get_referral(referral_id), current_user, text, day, seen=seen)
            db.session.commit()
            flash(_("중간 답변을 공개했어요. 답변 기한은 그대로예요."))
            return _back(referral_id)
    referral = get_referral(referral_id)
    own = services.own_assignment(referral, current_user)
    return form.page(
        "referrals/interim.html",
        referral=referral,
        campaign=referral.theme.campaign,
        own=own,
        can_give=may_give_interim(own.state),
        earlier=[event for event in interim_answers(events_of(referral_id)) if event.part_id == own.id],
        last_event=last_event_of(own),
    )


def _act_page(form: ForumForm, referral_id: int, act: str, **shown: object) -> ResponseReturnValue:
    referral = get_referral(referral_id)
    return form.page("referrals/act.html", referral=referral, campaign=referral.theme.campaign, act=act, **shown)


def _back(referral_id: int) -> ResponseReturnValue:
    return redirect(url_for("referrals.show", referral_id=referral_id), 303)


def _attachment(content: bytes, media_type: str, name: str, plain_name: str) -> Response:
    """Return a file as a download that the browser never displays, so its content cannot act as a page of this site."""
    response = make_response(content)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Disposition"] = attachment(name, plain_name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = ALONE
    return response
