from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.text import clean_line, clean_text
from forum.system.audit.services import record, text_hash
from forum.voice.campaigns.models import Campaign, CampaignKind, Phase, PhaseKind
from forum.voice.campaigns.permissions import can_manage_campaigns

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])")
TITLE_MAX_CHARS = 100
SUMMARY_MAX_CHARS = 2_000
FIRST_YEAR, LAST_YEAR = 2000, 2200  # a slip of the finger beyond these is no date that UTC and Seoul share


class Span(NamedTuple):
    """When a phase is open; `closes_at` is None where it never closes."""

    opens_at: datetime
    closes_at: datetime | None


Spans = Mapping[PhaseKind, Span]

# Days from the start to each phase's opening and closing, where nobody says otherwise.
DEFAULT_DAYS = {
    PhaseKind.PROPOSING: (0, 30),
    PhaseKind.VOTING: (0, 45),
    PhaseKind.REVIEW: (0, 60),
    PhaseKind.REFERRAL: (0, 75),
    PhaseKind.ANSWER: (0, 120),
}


def default_spans(kind: CampaignKind, start: datetime | None = None) -> dict[PhaseKind, Span]:
    """A forum's usual calendar from `start` (now); an everyday campaign is open all year."""
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
    """Make a campaign with its phases. The caller commits.

    :param spans: when each phase is open; `default_spans` where not given
    :raise Forbidden: only admins
    :raise InvalidInput: bad or taken slug, empty title, a phase that closes before it opens
    """
    require(can_manage_campaigns(actor))
    campaign = Campaign(
        slug=_slug(slug),
        title=clean_line(title, "title", "제목", max_chars=TITLE_MAX_CHARS),
        summary=clean_text(summary, "summary", "소개", max_chars=SUMMARY_MAX_CHARS, min_chars=0),
        kind=kind,
    )
    db.session.add(campaign)
    db.session.flush()
    _write_phases(campaign, default_spans(kind) if spans is None else spans)
    record(actor, "campaigns.add", campaign, after={"slug": campaign.slug, "kind": kind.name})
    return campaign


def edit_campaign(campaign: Campaign, actor: Actor, title: str, summary: str, spans: Spans) -> None:
    """Change what a campaign says and when its phases are open. The caller commits.

    :raise Forbidden: only admins
    :raise InvalidInput: as `add_campaign`
    """
    require(can_manage_campaigns(actor))
    before = _for_audit(campaign)
    campaign.title = clean_line(title, "title", "제목", max_chars=TITLE_MAX_CHARS)
    campaign.summary = clean_text(summary, "summary", "소개", max_chars=SUMMARY_MAX_CHARS, min_chars=0)
    _write_phases(campaign, spans)
    record(actor, "campaigns.edit", campaign, before, _for_audit(campaign))


def _slug(slug: str) -> str:
    slug = slug.strip()
    if not SLUG.fullmatch(slug):
        raise InvalidInput({"slug": "주소 이름은 영어 소문자, 숫자, 붙임표(-)로 2~40자여야 합니다. 예: netzero-2026"})
    if db.session.scalar(sa.select(Campaign.id).where(Campaign.slug == slug)):
        raise InvalidInput({"slug": f"‘{slug}’ 주소는 이미 쓰이고 있습니다. 다른 이름을 골라 주세요."})
    return slug


def _faults(spans: Spans) -> dict[str, str]:
    """What is wrong with these phases, by the form field it is about."""
    errors: dict[str, str] = {}
    for kind, span in spans.items():
        for end, moment in zip(("opens", "closes"), span, strict=True):
            if moment is not None and not FIRST_YEAR <= moment.year < LAST_YEAR:
                errors[f"{kind.name.lower()}_{end}"] = f"{FIRST_YEAR}년부터 {LAST_YEAR - 1}년까지의 날짜를 써 주세요."
        if span.closes_at is not None and span.closes_at <= span.opens_at:
            errors.setdefault(f"{kind.name.lower()}_closes", f"{kind.label} 단계의 끝은 시작보다 늦어야 합니다.")
    return errors


def _write_phases(campaign: Campaign, spans: Spans) -> None:
    errors = _faults(spans)
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
