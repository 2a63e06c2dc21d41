"""The idea that a visitor wrote before they had an account: kept as a draft, posted when the address is confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app
from werkzeug.exceptions import HTTPException

from forum.core.access import Actor
from forum.core.errors import ForumError, NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import path_for
from forum.people.signin.first_act import FirstAct, Outcome, Waiting
from forum.voice.campaigns.models import Campaign
from forum.voice.campaigns.queries import get_campaign
from forum.voice.ideas.models import IdeaDraft, IdeaState
from forum.voice.ideas.queries import draft_of
from forum.voice.ideas.services import read_parts, save_draft, submit_idea
from forum.web.form_recovery import SavedForm

FORM_PAGE = "ideas.new"


class FirstIdea(FirstAct):
    """An idea as the first act of somebody new."""

    def of_form(self, form: SavedForm) -> Waiting | None:
        if _campaign_of(form.path) is None:
            return None
        return _waiting(form.fields.get("title", ""), form.fields.get("body", ""))

    def keep(self, account: Actor, form: SavedForm, address: str | None) -> None:
        """Keep the typed idea as a draft that is to be posted.

        :raise ForumError: as `save_draft`
        """
        campaign = _campaign_of(form.path)
        if campaign is None or draft_of(account, campaign) is not None:
            return
        typed = {name: form.fields.get(name, "") for name in ("title", "body", "sector", "region_code")}
        if save_draft(campaign, account, **typed, address=address, sent=form.fields) is not None:
            draft = draft_of(account, campaign)
            assert draft is not None
            draft.waits_for_confirmation = True
            db.session.flush()

    def of_account(self, account: Actor) -> Waiting | None:
        draft = _waiting_draft(account)
        return _waiting(draft.title, draft.body) if draft else None

    def do(self, account: Actor, address: str | None) -> Outcome | None:
        """Post the waiting draft; if that is refused, it stays a draft, and the message says why."""
        draft = _waiting_draft(account)
        if draft is None:
            return None
        campaign = db.session.get_one(Campaign, draft.campaign_id)
        names = ("title", "body", "sector", "region_code")
        texts = {name: getattr(draft, name) for name in names}
        try:
            with db.session.begin_nested():
                parts = read_parts(campaign, account, texts | draft.details)  # texts alone: a draft has no files
                idea = submit_idea(campaign, account, **texts, address=address, parts=parts)
        except ForumError as error:
            draft.waits_for_confirmation = False
            message = _("이메일 주소를 확인했어요. 제안은 아직 올리지 못했어요: %(why)s", why=error.message)
            return Outcome(path_for(FORM_PAGE, slug=campaign.slug), message)
        posted = _("이메일 주소를 확인하고 제안을 올렸어요. 이 화면에서 앞으로의 진행을 볼 수 있어요.")
        held = _("이메일 주소를 확인했어요. 제안은 운영진이 한 번 읽어 본 뒤에 보여요.")
        return Outcome(path_for("thread.idea", idea_id=idea.id), posted if idea.state is IdeaState.OPEN else held)


def _waiting(title: str, body: str) -> Waiting:
    return Waiting(_("확인하고 제안 올리기"), _("올릴 제안"), title, body)


def _waiting_draft(account: Actor) -> IdeaDraft | None:
    mine = sa.select(IdeaDraft).where(IdeaDraft.participant_id == account.participant_id)
    return db.session.scalar(mine.where(IdeaDraft.waits_for_confirmation).order_by(IdeaDraft.saved_at.desc()).limit(1))


def _campaign_of(path: str) -> Campaign | None:
    """Return the campaign whose page for a new idea has this path, or None."""
    try:
        endpoint, values = current_app.url_map.bind("localhost").match(path, method="GET")
        return get_campaign(str(values["slug"])) if endpoint == FORM_PAGE else None
    except (HTTPException, NotFound):
        return None
