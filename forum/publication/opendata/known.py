"""The tables of needs for data and of what was found out with data. Nobody is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from forum.core.clock import SEOUL
from forum.core.i18n import _
from forum.core.links import address_of, link_to
from forum.publication.digests.columns import Columns, address, day, integer, text
from forum.response.dataneeds.models import DataNeed
from forum.response.dataneeds.queries import all_needs, shown
from forum.response.dataneeds.subjects import subject_of
from forum.response.datauses.charting import chart_of
from forum.response.datauses.models import DataUse
from forum.response.datauses.queries import all_uses
from forum.response.datauses.queries import shown as use_is_shown
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


def use_columns() -> Columns:
    return (
        integer("use_id", _("번호"), _("알게 된 것의 번호예요.")),
        text("title", _("알게 된 것"), _("자료로 알게 된 것을 한 문장으로 적은 것이에요."), WIDE),
        text("finding", _("자세한 내용"), _("어떻게 셌고 무엇을 알게 됐는지예요."), WIDE),
        text("effect", _("달라진 것"), _("글쓴이가 알린 달라진 것이에요. 비었으면 아직 없어요."), WIDE),
        text("about", _("무엇에 대한 것"), _("제안, 정책 주제, 편지, 협의회 과제 가운데 무엇에 대한 것인지예요.")),
        text("about_title", _("그 제목"), _("그 제안이나 주제의 제목이에요."), WIDE),
        text("about_url", _("그 주소"), _("누리집에서 그것을 볼 수 있는 주소예요."), WIDE),
        integer("need_id", _("자료 요청"), _("답하려는 자료 요청의 번호예요.")),
        text("datasets", _("쓴 자료"), _("쓴 공익데이터의 제목이에요."), WIDE),
        text("chart", _("그림"), _("그림의 제목과 단위, 막대의 이름과 수예요."), WIDE),
        text("code_url", _("코드"), _("계산한 코드가 있는 주소예요. 포럼이 확인한 것이 아니에요."), WIDE),
        text("written_as", _("누가"), _("참여한 사람, 자료 담당자, 분석가 가운데 누가 적었는지예요.")),
        day("published_on", _("공개한 날"), _("처음 공개한 날이에요.")),
        day("corrected_on", _("고친 날"), _("공개한 뒤에 마지막으로 고친 날이에요.")),
        address(_("누리집에서 이것을 볼 수 있는 주소예요.")),
    )


def use_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield what was found out with data, as everybody can read it, the newest first."""
    for use in all_uses(campaign.id):
        subject, chart = subject_of(use), chart_of(use)
        rows = " / ".join(": ".join(line) for line in chart.lines) if chart else ""
        yield (
            use.id,
            use.title,
            use.finding,
            use.effect,
            str(subject.kind.label),
            subject.title,
            address_of(subject.path),
            use.need_id,
            " / ".join(dataset.title for dataset in use.datasets),
            f"{chart.title} / {rows}" if chart else "",
            use.code_url,
            use.written_as.label,
            _day(use.published_at),
            _day(use.corrected_at),
            link_to("datauses.show", use_id=use.id),
        )


def use_count(campaign: Campaign) -> sa.Select[int]:
    """Return the query that counts the rows."""
    return sa.select(sa.func.count(DataUse.id)).where(DataUse.campaign_id == campaign.id, use_is_shown())


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(SEOUL).date() if moment else None
