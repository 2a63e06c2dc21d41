"""The table of needs for data: what people want to know, how many, and what became of it. Nobody is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from forum.core.clock import SEOUL
from forum.core.i18n import _
from forum.core.links import address_of, link_to
from forum.publication.digests.columns import Columns, address, day, integer, text
from forum.response.dataneeds.models import DataNeed
from forum.response.dataneeds.queries import all_needs, shown
from forum.voice.campaigns.models import Campaign

Row = tuple[Any, ...]
WIDE = 40


def need_columns() -> Columns:
    return (
        integer("need_id", _("번호"), _("자료 요청의 번호예요.")),
        text("question", _("알고 싶은 것"), _("사람들이 알고 싶어 하는 것이에요."), WIDE),
        text("wanted", _("필요한 자료"), _("어떤 자료가 있으면 답할 수 있는지예요."), WIDE),
        text("benefit", _("모두에게 좋은 점"), _("알게 되면 모두에게 무엇이 좋은지예요."), WIDE),
        text("about", _("무엇에 대한 것"), _("제안, 정책 주제, 편지, 협의회 과제 가운데 무엇에 대한 것인지예요.")),
        text("about_title", _("그 제목"), _("그 제안이나 주제의 제목이에요."), WIDE),
        text("about_url", _("그 주소"), _("누리집에서 그것을 볼 수 있는 주소예요."), WIDE),
        integer("people", _("알고 싶은 사람"), _("적은 사람과 나도 알고 싶다고 한 사람을 더한 수예요.")),
        day("asked_on", _("적은 날"), _("자료를 찾는다고 적은 날이에요.")),
        text("state", _("상태"), _("자료를 찾는 중인지, 나왔는지, 풀렸는지예요.")),
        text("datasets", _("내놓은 자료"), _("답이 될 수 있다고 내놓은 자료의 제목이에요."), WIDE),
        text("outcome", _("결과"), _("무엇으로 풀렸는지, 또는 얻지 못한 까닭이에요."), WIDE),
        address(_("누리집에서 이것을 볼 수 있는 주소예요.")),
    )


def need_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield the needs that everybody can read, the most wanted first."""
    for one in all_needs(campaign.id):
        need, subject = one.need, one.subject
        yield (
            need.id,
            need.question,
            need.wanted,
            need.benefit,
            str(subject.kind.label),
            subject.title,
            address_of(subject.path),
            one.n_people,
            need.created_at.astimezone(SEOUL).date(),
            need.state.label,
            " / ".join(offer.dataset.title for offer in need.offers),
            need.state_reason,
            link_to("dataneeds.show", need_id=need.id),
        )


def need_count(campaign: Campaign) -> sa.Select[int]:
    """Return the query that counts the rows."""
    return sa.select(sa.func.count(DataNeed.id)).where(DataNeed.campaign_id == campaign.id, shown())
