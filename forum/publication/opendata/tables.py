"""The tables of the open data: name, what it holds, its columns, and where its rows come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from forum.core.errors import NotFound
from forum.core.i18n import LazyString, _, _l
from forum.publication.digests import columns
from forum.publication.digests.columns import Columns, address
from forum.publication.opendata import council, known
from forum.publication.opendata.queries import (
    Row,
    answer_rows,
    check_rows,
    idea_rows,
    interim_rows,
    outcome_rows,
    pilot_rows,
    pledge_rows,
    rating_rows,
    theme_rows,
)
from forum.voice.campaigns.models import Campaign, CampaignKind


@dataclass(frozen=True)
class OpenTable:
    """:param name: in the address; :param unit: what is counted behind the number of rows"""

    name: str
    title: LazyString
    about: LazyString
    unit: LazyString
    columns: Callable[[], Columns]
    rows: Callable[[Campaign], Iterable[Row]]
    is_everyday: bool = False
    """Only campaigns of everyday ideas have it."""

    def is_of(self, campaign: Campaign) -> bool:
        return not self.is_everyday or campaign.kind is CampaignKind.EVERYDAY


def idea_columns() -> Columns:
    return (
        *columns.wording_columns(),
        *columns.membership_columns(),
        *columns.vote_columns(),
        *columns.talk_columns(),
        *columns.ground_columns(),
        *columns.paper_columns(),
        *columns.room_columns(),
        *columns.place_columns(),
        address(_("누리집에서 이 제안을 볼 수 있는 주소예요.")),
    )


def theme_columns() -> Columns:
    """Return those of a digest's columns that hold without a digest's run and period."""
    return tuple(column for column in columns.theme_columns() if column.key in THEME_KEYS)


def answer_columns() -> Columns:
    url = address(_("누리집에서 편지와 답변을 볼 수 있는 주소예요."))
    return (*columns.letter_columns(), *columns.answer_columns(), url)


THEME_KEYS = frozenset(
    "id title summary ideas agree disagree pass support support_low support_high approved_on number ministry state "
    "due_on decision percent_done paper_agree paper_disagree paper_pass room_ideas url".split()
)
TABLES = {
    table.name: table
    for table in (
        OpenTable(
            "ideas",
            _l("제안"),
            _l("공개된 제안이 한 줄에 하나씩 있어요. 글과 투표 수, 공감대가 함께 있어요."),
            _l("건"),
            idea_columns,
            idea_rows,
        ),
        OpenTable(
            "themes",
            _l("정책 주제"),
            _l("분석가가 승인한 정책 주제가 한 줄에 하나씩 있어요. 제안이 많은 주제부터 적었어요."),
            _l("개"),
            theme_columns,
            theme_rows,
        ),
        OpenTable(
            "answers",
            _l("답변"),
            _l("소관부처에 보낸 편지가 한 줄에 하나씩 있어요. 공개된 답변과 이행 정도가 함께 있어요."),
            _l("통"),
            answer_columns,
            answer_rows,
        ),
        OpenTable(
            "interim",
            _l("중간 답변"),
            _l("소관부처가 답변하기 전에 어디까지 왔는지 알린 것이 한 줄에 하나씩 있어요."),
            _l("건"),
            columns.interim_columns,
            interim_rows,
        ),
        OpenTable(
            "ratings",
            _l("양쪽의 평가"),
            _l("끝냈다고 알린 이행 단계마다 부처의 점수와 참여한 사람들의 평가가 있어요. 5명이 안 되면 비웠어요."),
            _l("줄"),
            columns.rating_columns,
            rating_rows,
        ),
        OpenTable(
            "pledges",
            _l("실천 약속"),
            _l("정책 주제마다 실천하기로 약속한 사람이 몇 명인지 있어요. 5명이 안 되는 칸은 숨겼어요."),
            _l("줄"),
            columns.pledge_columns,
            pledge_rows,
        ),
        OpenTable(
            "outcomes",
            _l("약속이 된 의견"),
            _l("뜻이 같은 제안을 하나로 센 의견 가운데 몇 가지가 약속이 되고 지켜졌는지 적었어요."),
            _l("줄"),
            columns.outcome_columns,
            outcome_rows,
        ),
        OpenTable(
            "tasks",
            _l("협의회 과제"),
            _l("대표과제 선정에 오른 과제가 한 줄에 하나씩 있어요. 고르지 않은 과제와 그 까닭도 있어요."),
            _l("개"),
            council.task_columns,
            council.task_rows,
        ),
        OpenTable(
            "scores",
            _l("협의회 점수"),
            _l("닫은 단계마다 과제가 받은 점수와 순위예요. 누가 몇 점을 주었는지는 싣지 않아요."),
            _l("줄"),
            council.score_columns,
            council.score_rows,
        ),
        OpenTable(
            "ballots",
            _l("협의회 표결"),
            _l("끝난 표결에서 위원이 이름을 밝히고 낸 표가 한 줄에 하나씩 있어요."),
            _l("표"),
            council.ballot_columns,
            council.ballot_rows,
        ),
        OpenTable(
            "conflicts",
            _l("이해관계 신고"),
            _l("과제에 이해관계가 있다고 위원이 신고한 것이 한 줄에 하나씩 있어요."),
            _l("건"),
            council.conflict_columns,
            council.conflict_rows,
        ),
        OpenTable(
            "needs",
            _l("찾고 있는 자료"),
            _l("어떤 자료가 있으면 풀릴지 사람들이 적은 것이 한 줄에 하나씩 있어요. 누구인지는 싣지 않아요."),
            _l("건"),
            known.need_columns,
            known.need_rows,
        ),
        OpenTable(
            "data_uses",
            _l("자료로 풀린 일"),
            _l("공익데이터로 알게 된 것이 한 줄에 하나씩 있어요. 무엇이 달라졌는지도 있어요. 누구인지는 싣지 않아요."),
            _l("건"),
            known.use_columns,
            known.use_rows,
        ),
        OpenTable(
            "checks",
            _l("확인"),
            _l("일상 제안을 확인한 것이 한 줄에 하나씩 있어요. 언제까지 하기로 했고 어떻게 되었는지 적었어요."),
            _l("건"),
            columns.check_columns,
            check_rows,
            is_everyday=True,
        ),
        OpenTable(
            "pilots",
            _l("시범"),
            _l("맡은 곳이 작게 해 본 시범이 한 줄에 하나씩 있어요. 하기 전과 한 뒤에 잰 값이 함께 있어요."),
            _l("건"),
            columns.pilot_columns,
            pilot_rows,
            is_everyday=True,
        ),
    )
}


def tables_of(campaign: Campaign) -> list[OpenTable]:
    return [table for table in TABLES.values() if table.is_of(campaign)]


def get_table(name: str, campaign: Campaign) -> OpenTable:
    """:raise NotFound: this campaign has no table of that name"""
    if name not in TABLES or not TABLES[name].is_of(campaign):
        raise NotFound(_("그런 표가 없어요."))
    return TABLES[name]
