from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.clock import SEOUL
from forum.voice.campaigns.models import Campaign, CampaignKind, PhaseKind
from forum.voice.campaigns.services import Span, default_spans
from forum.web.forms import ForumForm, MomentField

TIME_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


def _moment(label: str) -> MomentField:
    return MomentField(label, format=TIME_FORMATS, validators=[Optional()])


class CampaignForm(ForumForm):
    """A campaign with its phases, in Seoul time. A phase without an opening time does not take place."""

    slug = StringField("주소 이름")
    title = StringField("제목")
    kind = SelectField("종류", choices=[SelectChoice(kind.name, kind.label) for kind in CampaignKind])
    summary = TextAreaField("소개")
    proposing_opens = _moment("제안 시작")
    proposing_closes = _moment("제안 끝")
    voting_opens = _moment("투표 시작")
    voting_closes = _moment("투표 끝")
    review_opens = _moment("분석·검토 시작")
    review_closes = _moment("분석·검토 끝")
    referral_opens = _moment("전달 시작")
    referral_closes = _moment("전달 끝")
    answer_opens = _moment("답변 시작")
    answer_closes = _moment("답변 끝")

    def spans(self) -> dict[PhaseKind, Span]:
        """Return the phases by kind, as aware times."""
        found = {}
        for kind in PhaseKind:
            opens, closes = (self[f"{kind.name.lower()}_{end}"].data for end in ("opens", "closes"))
            if opens is not None:
                found[kind] = Span(_aware(opens), None if closes is None else _aware(closes))
        return found

    @staticmethod
    def prefilled(campaign: Campaign | None) -> dict[str, Any]:
        """Return the initial values: the campaign as it is, or the default phases from now."""
        spans = (
            default_spans(CampaignKind.FORUM)
            if campaign is None
            else {phase.kind: Span(phase.opens_at, phase.closes_at) for phase in campaign.phases}
        )
        values: dict[str, Any] = {}
        for kind, span in spans.items():
            values[f"{kind.name.lower()}_opens"] = span.opens_at.astimezone(SEOUL)
            values[f"{kind.name.lower()}_closes"] = span.closes_at and span.closes_at.astimezone(SEOUL)
        if campaign is not None:
            values |= {"slug": campaign.slug, "title": campaign.title, "summary": campaign.summary}
            values["kind"] = campaign.kind.name
        return values


def _aware(value: datetime) -> datetime:
    return value.replace(tzinfo=SEOUL)
