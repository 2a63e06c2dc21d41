from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import Actor, require
from forum.core.errors import ForumError, InvalidInput, NotSignedIn, TooManyAttempts
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import moment
from forum.core.privacy import mask, masking_note
from forum.core.reference import Sector
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import get_campaign, why_closed
from forum.voice.ideas.binding import require_editable, require_withdrawable
from forum.voice.ideas.forms import CommentForm, IdeaForm, WithdrawForm, form_of
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.parts import PartValues, filters_of, parts_of
from forum.voice.ideas.permissions import can_change, can_comment, can_propose, why_not_comment, why_not_propose
from forum.voice.ideas.queries import (
    LISTED_STATES,
    Filters,
    draft_of,
    get_idea,
    idea_page,
    ideas_similar_to,
    words_for,
)
from forum.voice.ideas.services import (
    add_comment,
    check_idea,
    discard_draft,
    edit_idea,
    likely_sector,
    read_parts,
    save_draft,
    submit_idea,
    withdraw_idea,
)
from forum.web.error_pages import wants_json
from forum.web.form_recovery import discard_recovered, save_refused_form
from forum.web.forms import hidden_number, query_text
from forum.web.gate import public
from forum.web.idempotency import idempotency_exempt, new_key, runs_first
from forum.web.page_data import page_data
from forum.web.pagecache import same_for_visitors
from forum.web.photos import PHOTO_FIELDS, takes_photos
from forum.web.uploads import accepts_files

bp = Blueprint("ideas", __name__, template_folder="templates")
MAX_QUERY_TEXT_CHARS = 1_500
MAX_NOTED_CHARS = 10_000  # twice an idea; what is longer is refused


@bp.get("/c/<slug>/ideas")
@public
@same_for_visitors
def listing(slug: str) -> ResponseReturnValue:
    campaign, filters = get_campaign(slug), Filters.parse(request.args)
    page = idea_page(campaign, filters, request.args.get("after", ""), current_app.config["PAGE_SIZE"])
    return render_template(
        "ideas/listing.html",
        campaign=campaign,
        filters=filters,
        page=page,
        states=LISTED_STATES.values(),
        has_parts=bool(parts_of(campaign)),
        more_filters=filters_of(campaign),
        orders=[
            (sort.label, _list_path(slug, filters.sorted_by(sort)), sort is filters.sort) for sort in filters.sorts
        ],
        chips=[(label, _list_path(slug, args)) for label, args in filters.chosen],
        way={} if filters.search else filters.as_args(),
        **page_data("ideas/listing.html", (campaign, [idea.id for idea in page.ideas])),
    )


def _list_path(slug: str, args: dict[str, str]) -> str:
    values: dict[str, Any] = {"slug": slug, **args}
    return url_for("ideas.listing", **values)


@dataclass(frozen=True)
class _Read:
    """What was done with the files of a form before the transaction began: checked and stored, or refused."""

    parts: PartValues | None = None
    refusal: ForumError | None = None

    def parts_or_raise(self) -> PartValues | None:
        """:raise InvalidInput, TooManyTexts: as `read_parts`"""
        if self.refusal is not None:
            raise self.refusal
        return self.parts


def _read(campaign: Campaign, may: bool) -> _Read:
    """Read the parts of an idea that was sent, for somebody who may send it; it is asked again when it is stored."""
    if not may or not parts_of(campaign) or "look" in request.form:
        return _Read()
    sent, actor = form_of(campaign)().sent(), cast(Actor, current_user._get_current_object())
    try:
        return _Read(read_parts(campaign, actor, sent))
    except (InvalidInput, TooManyAttempts) as refusal:
        return _Read(refusal=refusal)


def _read_new(slug: str) -> _Read:
    return _read(get_campaign(slug), may=can_propose(current_user))


def _read_edit(idea_id: int) -> _Read:
    idea = get_idea(idea_id)
    return _read(idea.campaign, may=can_change(current_user, idea))


@bp.route("/c/<slug>/ideas/new", methods=["GET", "POST"])
@takes_photos(*PHOTO_FIELDS)
@runs_first(_read_new)
@public  # a visitor may write; the text is kept until they have registered, or signed in
def new(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    is_visitor = not current_user.is_authenticated
    if request.method == "POST" and not is_visitor:
        require(can_propose(current_user), why_not_propose(current_user))
    draft = draft_of(current_user, campaign) if request.method == "GET" else None
    form = form_of(campaign).of_draft(draft)
    if request.method == "GET":
        form.start_with(query_text("title", 100))
    looked = "look" in request.form  # the button that only searches for similar ideas, for browsers without scripts
    with form.collect_errors():
        if form.validate_on_submit() and not looked:
            if is_visitor:
                return _register_first(campaign, form)
            parts = g.ran_first.parts_or_raise()
            idea = submit_idea(campaign, current_user, **form.values(), address=request.remote_addr, parts=parts)
            db.session.commit()
            if idea.state is IdeaState.OPEN:
                flash("제안을 올렸어요. 이 화면에서 앞으로의 진행을 볼 수 있어요.")
            return redirect(url_for("thread.idea", idea_id=idea.id), 303)
    similar = ideas_similar_to(campaign, form.title.data or "", form.body.data or "") if form.is_submitted() else []
    why_not = ("" if is_visitor else why_not_propose(current_user)) or why_closed(campaign, PhaseKind.PROPOSING)
    hidden = _hidden_note(form.title.data, form.body.data)
    return form.page(
        "ideas/edit.html",
        campaign=campaign,
        idea=None,
        similar=similar,
        looked=looked,
        why_not=why_not,
        hidden=hidden,
        draft=draft,
        **_parts_of_form(campaign, None),
        sector=_guess(campaign, form.title.data or "", form.body.data or "") if looked else None,
    )


def _register_first(campaign: Campaign, form: IdeaForm) -> ResponseReturnValue:
    """Keep a visitor's checked idea for this browser, and ask them to register.

    :raise NotSignedIn: it could not be kept; the error page shows it, to be copied
    """
    check_idea(campaign, current_user, form.sent())
    saved_at = "" if wants_json() else save_refused_form()
    if not saved_at:
        raise NotSignedIn
    if _has_files():
        flash(_("글은 그대로 두었어요. 사진은 가입하거나 로그인한 뒤에 다시 골라 주세요."))
    return redirect(url_for("security.register", next=saved_at), 303)


def _has_files() -> bool:
    return any(file.filename for file in request.files.values())


def _seen_revision(form: IdeaForm, idea: Idea) -> int | None:
    """Return the revision that the page showed; None if it showed none, which pages with more than words do not do."""
    given = form.seen_revision.data
    return hidden_number(given) if given or parts_of(idea.campaign) else None


def _parts_of_form(campaign: Campaign, idea: Idea | None) -> dict[str, object]:
    """Return what the form's template needs for the parts of this campaign's ideas."""
    parts = parts_of(campaign)
    data = page_data("ideas/edit.html", idea) if parts else {}
    if idea is None:
        data |= page_data("ideas/_earlier.html", campaign)
    return {"part_templates": [part.form_template for part in parts], "files_were_sent": _has_files(), **data}


def _hidden_note(*texts: str | None) -> str:
    return masking_note(mask(" \n".join((text or "")[:MAX_NOTED_CHARS] for text in texts)).kinds)


@bp.post("/c/<slug>/ideas/draft")
@accepts_files  # they are not kept: a draft has none
@idempotency_exempt
def draft(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    form = form_of(campaign)()
    if wants_json():  # the script that saves periodically
        return jsonify(said=_save_draft(campaign, form))
    with form.collect_errors():
        if form.validate_on_submit():
            flash(_save_draft(campaign, form))
            return redirect(url_for("ideas.new", slug=slug), 303)
    more = _parts_of_form(campaign, None)
    return form.page("ideas/edit.html", campaign=campaign, idea=None, similar=[], looked=False, why_not="", **more)


def _save_draft(campaign: Campaign, form: IdeaForm) -> str:
    saved_at = save_draft(campaign, current_user, **form.values(), address=request.remote_addr, sent=form.sent())
    discard_recovered(url_for("ideas.new", slug=campaign.slug))  # the draft is newer
    db.session.commit()
    if not saved_at:
        return _("빈 초안은 두지 않아요.")
    said = _("%(moment)s에 초안을 저장했어요.", moment=moment(saved_at))
    return said + " " + _("사진은 올릴 때 다시 골라 주세요.") if _has_files() else said


@bp.post("/c/<slug>/ideas/draft/discard")
def discard(slug: str) -> ResponseReturnValue:
    discard_draft(get_campaign(slug), current_user)
    db.session.commit()
    flash("초안을 버렸어요.")
    return redirect(url_for("ideas.new", slug=slug), 303)


@bp.get("/c/<slug>/ideas/similar")
@public
def similar(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    title, body = query_text("title"), query_text("body", MAX_QUERY_TEXT_CHARS)
    found = ideas_similar_to(campaign, title, body)
    return render_template("ideas/similar.html", similar=found, looked=True, sector=_guess(campaign, title, body))


def _guess(campaign: Campaign, title: str, body: str) -> Sector | None:
    """Return the sector that the words suggest, where the form asks for one."""
    return None if parts_of(campaign) else likely_sector(title, body)


@bp.post("/c/<slug>/ideas/similar")
@public
@idempotency_exempt  # it changes nothing, and is sent the key of the form around it
def similar_while_writing(slug: str) -> ResponseReturnValue:
    """Posted, so that the words of a draft are in no address and no log. Nothing similar is an empty answer."""
    campaign = get_campaign(slug)
    title, body = (request.form.get(name, "")[:MAX_QUERY_TEXT_CHARS] for name in ("title", "body"))
    found = ideas_similar_to(campaign, title, body)
    return render_template(
        "ideas/similar.html",
        similar=found,
        looked=False,
        sector=None if request.form.get("sector") else _guess(campaign, title, body),
        key=new_key(),
        **(page_data("ideas/similar.html", (campaign, [idea.id for idea in found])) if found else {}),
    )


@bp.route("/ideas/<int:idea_id>/edit", methods=["GET", "POST"])
@takes_photos(*PHOTO_FIELDS)
@runs_first(_read_edit)
def edit(idea_id: int) -> ResponseReturnValue:
    idea = get_idea(idea_id)
    require(can_change(current_user, idea), "자기가 쓴 공개 중인 제안만 고칠 수 있어요.")
    if request.method != "POST":
        require_editable(idea)  # after a POST the service refuses, and the page keeps what was typed
    own_form = form_of(idea.campaign)
    form = own_form() if request.method == "POST" else own_form.of(idea, words_for(current_user, idea))
    seen = _seen_revision(form, idea) if request.method == "POST" else None
    with form.collect_errors():
        if form.validate_on_submit():
            parts = g.ran_first.parts_or_raise()
            more = {"parts": parts, "seen_revision": seen, "address": request.remote_addr}
            edit_idea(idea, current_user, **form.values(), **more)
            db.session.commit()
            return redirect(url_for("thread.idea", idea_id=idea.id), 303)
    changed = seen is not None and seen != idea.revision
    form.seen_revision.data = idea.revision  # the page shows that revision beside what was typed
    return form.page(
        "ideas/edit.html",
        campaign=idea.campaign,
        idea=idea,
        words_now=words_for(current_user, idea) if changed else None,
        similar=[],
        looked=False,
        why_not="",
        **_parts_of_form(idea.campaign, idea),
    )


@bp.route("/ideas/<int:idea_id>/withdraw", methods=["GET", "POST"])
def withdraw(idea_id: int) -> ResponseReturnValue:
    idea = get_idea(idea_id)
    require(can_change(current_user, idea), "자기가 쓴 공개 중인 제안만 철회할 수 있어요.")
    require_withdrawable(idea)
    form = WithdrawForm()
    with form.collect_errors():
        if form.validate_on_submit():
            withdraw_idea(idea, current_user)
            db.session.commit()
            flash("제안을 철회했어요.")
            return redirect(url_for("thread.idea", idea_id=idea.id), 303)
    return form.page("ideas/withdraw.html", idea=idea)


@bp.route("/ideas/<int:idea_id>/comments", methods=["GET", "POST"])
def comment(idea_id: int) -> ResponseReturnValue:
    idea = get_idea(idea_id)
    if request.method == "POST":
        require(can_comment(current_user), why_not_comment(current_user))
    form = CommentForm()
    with form.collect_errors():
        if form.validate_on_submit():
            made = add_comment(idea, current_user, form.body.data or "", request.remote_addr)
            db.session.commit()
            return redirect(url_for("thread.idea", idea_id=idea.id, _anchor=f"comment-{made.id}"), 303)
    return form.page("ideas/comment.html", idea=idea)
