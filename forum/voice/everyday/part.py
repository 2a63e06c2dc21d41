"""Kind and place as a part of the ideas of everyday campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from forum.core.access import Actor
from forum.core.errors import Mistakes
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.reference import regions
from forum.core.text import clean_line, refuse_resident_numbers
from forum.voice.campaigns.models import Campaign, CampaignKind
from forum.voice.everyday.forms import everyday_fields
from forum.voice.everyday.models import MAX_DISTRICT_CHARS, MAX_PLACE_CHARS, EverydayDetails, EverydayKind
from forum.voice.ideas.models import Idea
from forum.voice.ideas.parts import IdeaPart, Sent


@dataclass(frozen=True)
class KindAndPlace:
    kind: EverydayKind
    district: str
    place: str


class EverydayPart(IdeaPart):
    """Kind, 시·도, 시·군·구 and place. The 시·도 is the idea's own column; here it has to be given."""

    name, form_template = "everyday", "everyday/_form.html"
    draft_fields = ("kind", "district", "place")

    def is_of(self, campaign: Campaign) -> bool:
        return campaign.kind is CampaignKind.EVERYDAY

    def fields(self) -> dict[str, Any]:
        return everyday_fields()

    def filled(self, idea: Idea) -> dict[str, Any]:
        details = db.session.get(EverydayDetails, idea.id)
        if details is None:
            return {}
        return {"kind": details.kind.name, "district": details.district, "place": details.place}

    def read(self, actor: Actor, sent: Sent) -> KindAndPlace:
        mistakes, texts = Mistakes(), {"district": "", "place": ""}
        if sent.get("kind") not in EverydayKind.__members__:
            mistakes.add("kind", _("분야를 하나 골라 주세요."))
        if sent.get("region_code") not in regions():
            mistakes.add("region_code", _("시·도를 골라 주세요."))
        for name, label, most in (
            ("district", _("시·군·구"), MAX_DISTRICT_CHARS),
            ("place", _("곳"), MAX_PLACE_CHARS),
        ):
            with mistakes.noted():
                texts[name] = clean_line(sent.get(name), name, label, max_chars=most, min_chars=0)
                refuse_resident_numbers(texts[name], name)
        mistakes.raise_if_any()
        return KindAndPlace(EverydayKind[str(sent["kind"])], **texts)

    def store(self, idea: Idea, value: KindAndPlace) -> None:
        db.session.add(EverydayDetails(idea_id=idea.id, kind=value.kind, district=value.district, place=value.place))
        db.session.flush()

    def change(self, idea: Idea, value: KindAndPlace) -> bool:
        details = db.session.get(EverydayDetails, idea.id)
        if details is None:  # an idea of a room, where nobody was asked
            self.store(idea, value)
            return True
        before = (details.kind, details.district, details.place)
        details.kind, details.district, details.place = value.kind, value.district, value.place
        db.session.flush()
        return before != (details.kind, details.district, details.place)

    def leave_behind(self, idea_ids: Sequence[int]) -> None:
        places = sa.update(EverydayDetails).where(EverydayDetails.idea_id.in_(idea_ids)).values(district="", place="")
        db.session.execute(places.execution_options(synchronize_session=False))
