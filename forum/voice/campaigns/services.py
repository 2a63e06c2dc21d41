"""Create and edit campaigns and their phases."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, clean_text
from forum.system.audit.services import record, text_hash
from forum.voice.campaigns.facts import CAMPAIGNS
from forum.voice.campaigns.models import Campaign, CampaignKind, Phase, PhaseKind
from forum.voice.campaigns.permissions import can_manage_campaigns
from forum.voice.campaigns.queries import reload_campaign

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])")
MAX_TITLE_CHARS = 100
MAX_SUMMARY_CHARS = 2_000
MIN_YEAR, MAX_YEAR = 2000, 2199  # typing errors: UTC and Seoul time do not share every date beyond them


class Span(NamedTuple):
    """When a phase is open; `closes_at` is None if it never closes."""

    opens_at: datetime
    closes_at: datetime | None


Spans = Mapping[PhaseKind, Span]

# Default days from the start to each phase's opening and closing.
DEFAULT_DAYS = {
    PhaseKind.PROPOSING: (0, 30),
    PhaseKind.VOTING: (0, 45),
    PhaseKind.REVIEW: (0, 60),
    PhaseKind.REFERRAL: (0, 75),
    PhaseKind.ANSWER: (0, 120),
}


def default_spans(kind: CampaignKind, start: datetime | None = None) -> dict[PhaseKind, Span]:
    """Return the default phases from `start` (default: now); those of an everyday campaign never close."""
    start = start or clock.now()
    if kind is CampaignKind.EVERYDAY:
        return {phase: Span(start, None) for phase in PhaseKind}
    return {
        phase: Span(start + timedelta(days=opens), start + timedelta(days=closes))
        for phase, (opens, closes) in DEFAULT_DAYS.items()
    }


def add_campaign(
    actor: Actor, slug: str, title: str, kind: CampaignKind, summary: str = "", spans: Spans | None = None
) -> Campaign:
    """Create a campaign with its phases. The caller commits.

    :param spans: when each phase is open; default `default_spans(kind)`
    :raise Forbidden: only admins
    :raise InvalidInput: an invalid or taken slug, an empty title, or a phase that closes before it opens
    """
    require(can_manage_campaigns(actor))
    campaign = Campaign(
        slug=_slug(slug),
        title=clean_line(title, "title", "제목", max_chars=MAX_TITLE_CHARS),
        summary=clean_text(summary, "summary", "소개", max_chars=MAX_SUMMARY_CHARS, min_chars=0),
        kind=kind,
    )
    db.session.add(campaign)
    db.session.flush()
    _write_phases(campaign, default_spans(kind) if spans is None else spans)
    after = {"slug": campaign.slug, "kind": kind.name}
    record(actor, "campaigns.add", campaign, after=after, facts=CAMPAIGNS.of([campaign.id]))
    return campaign


def edit_campaign(campaign: Campaign, actor: Actor, title: str, summary: str, spans: Spans, seen: str) -> None:
    """Edit a campaign's texts and phases. The caller commits.

    :param seen: `state_hash` of the campaign that the admin's page showed
    :raise Forbidden: only admins
    :raise WrongState: another admin edited it since
    :raise InvalidInput: as `add_campaign`
    """
    require(can_manage_campaigns(actor))
    # Ideas refer to the row and do not wait for this lock.
    db.session.execute(sa.select(Campaign.id).where(Campaign.id == campaign.id).with_for_update(key_share=True))
    reload_campaign(campaign)
    if state_hash(campaign) != seen:
        raise WrongState(
            _("이 화면을 연 뒤에 다른 관리자가 먼저 고쳤어요. 아래에 있는 지금 값과 견주어 보고 다시 저장해 주세요.")
        )
    before = _for_audit(campaign)
    campaign.title = clean_line(title, "title", "제목", max_chars=MAX_TITLE_CHARS)
    campaign.summary = clean_text(summary, "summary", "소개", max_chars=MAX_SUMMARY_CHARS, min_chars=0)
    _write_phases(campaign, spans)
    record(actor, "campaigns.edit", campaign, before, _for_audit(campaign), CAMPAIGNS.of([campaign.id]))


def state_hash(campaign: Campaign) -> str:
    """Return a hash of a campaign's texts and phases, by which a page that shows them is known to be out of date."""
    return text_hash(json.dumps(_for_audit(campaign), sort_keys=True))


def _slug(slug: str) -> str:
    slug = slug.strip()
    if not SLUG.fullmatch(slug):
        raise InvalidInput({"slug": "주소 이름은 영어 소문자, 숫자, 붙임표(-)로 2~40자여야 해요. 예: netzero-2026"})
    if db.session.scalar(sa.select(Campaign.id).where(Campaign.slug == slug)):
        raise InvalidInput({"slug": f"‘{slug}’ 주소는 이미 쓰이고 있어요. 다른 이름을 골라 주세요."})
    return slug


def _phase_errors(spans: Spans) -> dict[str, str]:
    """Return the errors of these phases by form field."""
    errors: dict[str, str] = {}
    for kind, span in spans.items():
        for end, moment in zip(("opens", "closes"), span, strict=True):
            if moment is not None and not MIN_YEAR <= moment.year <= MAX_YEAR:
                errors[f"{kind.name.lower()}_{end}"] = f"{MIN_YEAR}년부터 {MAX_YEAR}년까지의 날짜를 써 주세요."
        if span.closes_at is not None and span.closes_at <= span.opens_at:
            errors.setdefault(f"{kind.name.lower()}_closes", f"{kind.label} 단계의 끝은 시작보다 늦어야 해요.")
    return errors


def _write_phases(campaign: Campaign, spans: Spans) -> None:
    errors = _phase_errors(spans)
    if errors:
        raise InvalidInput(errors)
    present = {phase.kind: phase for phase in campaign.phases}
    for kind, span in spans.items():
        phase = present.get(kind) or Phase(campaign=campaign, kind=kind)
        phase.opens_at, phase.closes_at = span
        db.session.add(phase)
    for kind in set(present) - set(spans):
        db.session.delete(present[kind])
    db.session.flush()
    db.session.refresh(campaign, ["phases"])


def _for_audit(campaign: Campaign) -> dict[str, object]:
    spans = {p.kind.name: [p.opens_at.isoformat(), p.closes_at and p.closes_at.isoformat()] for p in campaign.phases}
    return {"title": text_hash(campaign.title), "summary": text_hash(campaign.summary), "phases": spans}
