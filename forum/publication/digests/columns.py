"""Columns of the tables that a digest and the open data share, each with a line on what it holds. Loads no pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forum.core.i18n import _
from forum.publication.digests.document import Column, ColumnKind
from forum.response.delivery.models import Happened
from forum.response.delivery.sides import TwoSides

Columns = tuple[Column, ...]
TITLE_WIDTH, TEXT_WIDTH = 36, 60


def text(key: str, label: str, about: str, width: int = 14) -> Column:
    return Column(key, label, ColumnKind.TEXT, about, width)


def integer(key: str, label: str, about: str, width: int = 9) -> Column:
    return Column(key, label, ColumnKind.INTEGER, about, width)


def share(key: str, label: str, about: str, width: int = 9) -> Column:
    return Column(key, label, ColumnKind.SHARE, about, width)


def day(key: str, label: str, about: str, width: int = 13) -> Column:
    return Column(key, label, ColumnKind.DATE, about, width)


def score(key: str, label: str, about: str, width: int = 9) -> Column:
    return Column(key, label, ColumnKind.SCORE, about, width)


def yes(key: str, label: str, about: str, width: int = 9) -> Column:
    return Column(key, label, ColumnKind.YES, about, width)


def address(about: str) -> Column:
    return Column("url", _("주소"), ColumnKind.URL, about, 32)


def sample_note() -> str:
    """Stands in every sheet and file of a sample."""
    return _("예시: 연습용으로 지어낸 자료예요")


def wording_columns() -> Columns:
    """An idea as it was written. Authors are not named."""
    return (
        integer("id", _("제안 번호"), _("보고서에서 [#번호]로 적은 그 번호예요.")),
        text("title", _("제목"), _("제안한 사람이 쓴 제목이에요."), TITLE_WIDTH),
        text("body", _("내용"), _("제안한 사람이 쓴 글이에요. 전화번호와 전자우편 주소는 가렸어요."), TEXT_WIDTH),
        text("sector", _("부문"), _("제안이 다루는 2050 시나리오의 부문이에요.")),
        text("region", _("지역"), _("제안한 사람이 고른 시·도예요.")),
        day("created_on", _("올린 날"), _("한국 시각으로 제안이 올라온 날이에요.")),
    )


def membership_columns() -> Columns:
    """Which approved themes an idea is in."""
    return (
        text("themes", _("정책 주제"), _("이 제안이 든 정책 주제예요. 여럿이면 ‘ / ’로 나눴어요."), TITLE_WIDTH),
        text("theme_ids", _("주제 번호"), _("이 제안이 든 정책 주제의 번호예요. 여럿이면 쉼표로 나눴어요."), 10),
    )


def vote_columns(*, of_theme: bool = False) -> Columns:
    """Votes, and the share of agreement as far as so many voted that one is told."""
    whose = _("주제에 든 제안들의 ") if of_theme else ""
    return (
        integer("agree", _("찬성"), whose + _("찬성 수예요.")),
        integer("disagree", _("반대"), whose + _("반대 수예요.")),
        integer("pass", _("넘김"), whose + _("넘김 수예요.")),
        share(
            "support", _("찬성 비율"), _("찬성, 반대, 넘김을 더한 것 가운데 찬성의 몫이에요. 5표가 안 되면 비웠어요.")
        ),
        share(
            "support_low",
            _("찬성 비율의 낮은 끝"),
            _("다시 투표해도 열에 아홉 번은 낮은 끝과 높은 끝 사이일 거예요."),
            11,
        ),
        share("support_high", _("찬성 비율의 높은 끝"), _("낮은 끝과 짝이 되는 값이에요."), 11),
    )


def paper_columns(*, of_theme: bool = False) -> Columns:
    """Marks on the vote sheets of gatherings, beside the votes."""
    whose = _("주제에 든 제안들의 ") if of_theme else ""
    apart = _("두 사람이 세어 맞춘 수이고, 투표에는 들어 있지 않아요.")
    return (
        integer("paper_agree", _("종이로 찬성"), whose + _("모임 투표지에 적힌 찬성이에요.") + " " + apart),
        integer("paper_disagree", _("종이로 반대"), whose + _("모임 투표지에 적힌 반대예요.") + " " + apart),
        integer("paper_pass", _("종이로 넘김"), whose + _("모임 투표지에 적힌 넘김이에요.") + " " + apart),
    )


def room_columns() -> Columns:
    """The gathering in which an idea was born."""
    return (
        integer("gathering", _("모임 번호"), _("이 제안이 나온 모임의 번호예요. 모임에서 나오지 않았으면 비웠어요.")),
        text("gathering_title", _("모임"), _("이 제안이 나온 모임의 이름이에요."), TITLE_WIDTH),
        integer("room_number", _("모임 안 번호"), _("그 모임에서 이 제안을 부른 번호예요.")),
        text("room_way", _("모임에서 쓴 방법"), _("계정, 휴대전화, 태블릿, 종이 가운데 무엇으로 썼는지예요."), 18),
    )


def place_columns() -> Columns:
    """Kind and place of an everyday idea."""
    return (
        text("kind", _("분야"), _("일상 제안이 다루는 분야예요. 다른 포럼의 제안은 비웠어요."), 12),
        text("district", _("시·군·구"), _("일상 제안이 말하는 시·군·구를 쓴 그대로예요."), 14),
        text("place", _("곳"), _("일상 제안이 말하는 곳을 쓴 그대로예요. 공개된다고 알리고 받았어요."), 30),
    )


def check_columns() -> Columns:
    """The check of an everyday idea."""
    return (
        integer("id", _("제안 번호"), _("확인한 제안의 번호예요.")),
        text("title", _("제목"), _("제안한 사람이 쓴 제목이에요."), TITLE_WIDTH),
        day("started_on", _("확인을 시작한 날"), _("확인의 시계가 가기 시작한 날이에요.")),
        day("due_on", _("확인 기한"), _("3근무일 뒤, 확인을 마쳐야 하는 날이에요.")),
        day("decided_on", _("확인을 마친 날"), _("확인을 마친 날이에요. 아직 마치지 않았으면 비웠어요.")),
        integer("days_late", _("늦은 날수"), _("기한을 며칠 넘겼는지예요. 0은 늦지 않았다는 뜻이에요.")),
        text("outcome", _("확인 결과"), _("맡은 곳에 보냈는지, 먼저 나온 제안에 합쳤는지, 다룰 수 없는지예요."), 22),
        integer("same_as", _("합친 제안"), _("먼저 나온 제안에 합쳤으면 그 제안의 번호예요.")),
        text("number", _("편지 번호"), _("맡은 곳에 보냈으면 그 편지의 번호예요."), 20),
        text("office", _("시·군·구나 부서"), _("맡은 곳 안에서 실제로 맡을 시·군·구나 부서예요."), 20),
        text("reason", _("다룰 수 없는 까닭"), _("이 포럼에서 다룰 수 없으면 그 까닭이에요."), TEXT_WIDTH),
        address(_("누리집에서 이 제안을 볼 수 있는 주소예요.")),
    )


def pilot_columns() -> Columns:
    """A pilot with what was measured before and after."""
    return (
        integer("id", _("시범 번호"), _("시범의 번호예요.")),
        text("title", _("시범"), _("시범의 이름이에요."), TITLE_WIDTH),
        text("office", _("기관"), _("시범을 하는 기관이에요."), 20),
        text("origin", _("무엇으로"), _("답변에서 약속했는지, 고쳐서 다시 하는지, 다른 곳에서 이어받았는지예요."), 18),
        integer("follows", _("이어받은 시범"), _("이어받거나 고쳐서 다시 하면, 바탕이 된 시범의 번호예요."), 11),
        text("number", _("편지 번호"), _("시범을 약속한 답변이 달린 편지의 번호예요."), 20),
        text("region", _("지역"), _("시범을 하는 시·도예요. 비어 있으면 전국이에요.")),
        text("place", _("곳"), _("시범을 하는 곳이에요."), 24),
        day("starts_on", _("시작하는 날"), _("계획에 적은 첫날이에요.")),
        day("ends_on", _("끝나는 날"), _("계획에 적은 마지막 날이에요.")),
        text("state", _("상태"), _("준비하는지, 해 보는지, 끝났는지예요."), 12),
        text("decision", _("결정"), _("해 보고 나서 정한 것이에요. 아직이면 비웠어요."), 18),
        text("measure", _("잰 것"), _("하기 전과 한 뒤에 잰 것이에요. 시작하기 전에 정해요."), 24),
        text("before", _("하기 전"), _("하기 전에 잰 값이에요."), 22),
        text("after", _("한 뒤"), _("한 뒤에 잰 값이에요."), 22),
        text("difference", _("차이"), _("한 뒤에서 하기 전을 뺀 값이에요."), 14),
        text("low", _("차이의 낮은 끝"), _("진짜 차이가 95% 구간에서 가장 작을 때의 값이에요."), 14),
        text("high", _("차이의 높은 끝"), _("낮은 끝과 짝이 되는 값이에요."), 14),
        text("said", _("결과를 말로"), _("잰 값을 풀어 쓴 글이에요. 시범이 까닭이라고는 말하지 않아요."), TEXT_WIDTH),
        address(_("누리집에서 이 시범을 볼 수 있는 주소예요.")),
    )


def talk_columns() -> Columns:
    return (
        integer("comments", _("댓글"), _("제안에 달린 댓글 수예요.")),
        integer(
            "imported_agree",
            _("원래 누리집 공감"),
            _("다른 누리집에서 가져온 제안이 거기서 받은 공감 수예요. 투표로는 세지 않아요."),
            11,
        ),
    )


def ground_columns() -> Columns:
    """Common ground as the opinion snapshot has it."""
    return (
        share(
            "ground",
            _("공감대"),
            _("찬성이 가장 적은 3분의 1의 사람들 가운데 찬성의 몫을 어림한 값이에요. 계산할 투표가 없으면 비웠어요."),
        ),
        share("ground_low", _("공감대의 낮은 끝"), _("열에 아홉 번은 낮은 끝과 높은 끝 사이일 거예요."), 11),
        share("ground_high", _("공감대의 높은 끝"), _("낮은 끝과 짝이 되는 값이에요."), 11),
        yes("badge", _("공감대 표시"), _("모든 의견 갈래가 함께 찬성한다고 볼 수 있으면 ‘예’예요.")),
    )


def letter_columns() -> Columns:
    """A letter to a ministry about a theme."""
    return (
        text("number", _("편지 번호"), _("소관부처에 보낸 편지의 번호예요."), 20),
        integer("theme_id", _("주제 번호"), _("편지가 다루는 정책 주제의 번호예요.")),
        text("theme", _("정책 주제"), _("편지가 다루는 정책 주제예요."), TITLE_WIDTH),
        text("ministry", _("소관부처"), _("답변을 맡은 부처예요."), 18),
        day("sent_on", _("보낸 날"), _("편지를 보낸 날이에요.")),
        day("due_on", _("답변 기한"), _("부처가 답해야 하는 마지막 날이에요.")),
        text("state", _("상태"), _("편지가 지금 어디까지 왔는지예요."), 16),
        integer("days_late", _("늦은 날수"), _("답변 없이 기한을 넘긴 지 며칠인지예요. 0은 늦지 않았다는 뜻이에요.")),
    )


def answer_columns() -> Columns:
    """The newest published answer to a letter."""
    return (
        text("decision", _("결정"), _("공개된 답변의 결정이에요. 아직 답변이 없으면 비웠어요."), 13),
        text("reason", _("까닭"), _("부처가 답변에 쓴 까닭이에요."), TEXT_WIDTH),
        day("answered_on", _("답변한 날"), _("답변을 공개한 날이에요.")),
        share("percent_done", _("이행 정도"), _("답변에서 약속한 이행 단계가 얼마나 이루어졌는지예요.")),
    )


def idea_columns() -> Columns:
    """Every idea of a digest's run, and of its themes."""
    return (
        *wording_columns(),
        *membership_columns(),
        text("added_by", _("주제에 넣은 이"), _("이 제안을 주제에 넣은 것이 자동 분석인지 분석가인지예요."), 11),
        yes("is_representative", _("대표 제안"), _("주제나 묶음을 잘 보여 주는 제안이면 ‘예’예요.")),
        integer("cluster", _("묶음 번호"), _("자동 분석이 이 제안을 넣은 묶음의 번호예요.")),
        text("left_out", _("묶이지 않은 까닭"), _("어느 묶음에도 들지 않았다면 그 까닭이에요."), 18),
        integer("copy_of", _("거의 같은 제안"), _("글이 거의 같은, 먼저 올라온 제안의 번호예요."), 11),
        *vote_columns(),
        *talk_columns(),
        *ground_columns(),
        integer(
            "cost_to_win",
            _("얻는 데 드는 사람"),
            _("공감대 표시를 얻게 하려면 몇 사람이 짜고 투표해야 하는지예요."),
            11,
        ),
        integer(
            "cost_to_lose",
            _("잃는 데 드는 사람"),
            _("공감대 표시를 잃게 하려면 몇 사람이 짜고 투표해야 하는지예요."),
            11,
        ),
        *paper_columns(),
        *room_columns(),
        address(_("누리집에서 이 제안을 볼 수 있는 주소예요.")),
    )


def theme_columns() -> Columns:
    """Approved themes of a digest."""
    return (
        integer("id", _("주제 번호"), _("정책 주제의 번호예요.")),
        text("title", _("정책 주제"), _("분석가가 승인한 주제의 제목이에요."), TITLE_WIDTH),
        text("summary", _("요약"), _("분석가가 쓴 요약이에요. [#번호]는 바탕이 된 제안이에요."), TEXT_WIDTH),
        text("sector", _("부문"), _("이 주제가 속한 부문이에요.")),
        integer("ideas", _("제안"), _("주제에 든 제안의 수예요.")),
        integer(
            "people",
            _("사람"),
            _("그 제안들을 쓴 사람의 수예요. 다른 누리집에서 온 제안은 쓴 사람을 몰라서 세지 않았어요."),
        ),
        integer("copies", _("거의 같은 제안"), _("다른 제안과 글이 거의 같은 제안의 수예요.")),
        integer("new_ideas", _("이번 기간의 제안"), _("보고서가 다루는 기간에 새로 올라온 제안의 수예요.")),
        yes("is_new", _("새 주제"), _("지난 보고서에는 없던 주제면 ‘예’예요.")),
        *vote_columns(of_theme=True),
        share("ground", _("가장 높은 공감대"), _("주제에 든 제안 가운데 공감대가 가장 높은 제안의 값이에요.")),
        share("ground_low", _("공감대의 낮은 끝"), _("열에 아홉 번은 낮은 끝과 높은 끝 사이일 거예요."), 11),
        share("ground_high", _("공감대의 높은 끝"), _("낮은 끝과 짝이 되는 값이에요."), 11),
        integer("ground_idea", _("공감대가 가장 높은 제안"), _("공감대가 가장 높은 제안의 번호예요."), 11),
        share(
            "stability",
            _("다시 나온 정도"),
            _("제안 일부만으로 여러 번 다시 분석했을 때 이 주제의 묶음이 다시 나온 몫이에요."),
        ),
        text("keywords", _("핵심어"), _("이 주제의 제안에 유난히 자주 나온 낱말이에요."), 24),
        integer("run", _("분석 회차"), _("이 주제가 처음 나온 분석 회차예요.")),
        day("approved_on", _("승인한 날"), _("분석가가 주제를 승인한 날이에요.")),
        text("number", _("편지 번호"), _("이 주제로 가장 나중에 보낸 편지의 번호예요."), 20),
        text("ministry", _("소관부처"), _("그 편지의 답변을 맡은 부처예요."), 18),
        text("state", _("상태"), _("그 편지가 지금 어디까지 왔는지예요."), 16),
        day("due_on", _("답변 기한"), _("부처가 답해야 하는 마지막 날이에요.")),
        text("decision", _("결정"), _("공개된 답변의 결정이에요. 아직 답변이 없으면 비웠어요."), 13),
        share("percent_done", _("이행 정도"), _("답변에서 약속한 이행 단계가 얼마나 이루어졌는지예요.")),
        *paper_columns(of_theme=True),
        integer("room_ideas", _("모임에서 나온 제안"), _("주제에 든 제안 가운데 모임에서 나온 것의 수예요.")),
        address(_("누리집에서 이 주제를 볼 수 있는 주소예요.")),
    )


def letters_columns() -> Columns:
    """Letters of a digest with their answers."""
    new = yes("is_new", _("새 답변"), _("지난 보고서 뒤에 나온 답변이면 ‘예’예요."))
    return (*letter_columns(), *answer_columns(), new, address(_("누리집에서 편지와 답변을 볼 수 있는 주소예요.")))


def overview_columns() -> Columns:
    return (
        text("name", _("항목"), _("무엇을 센 수인지예요."), TITLE_WIDTH),
        integer("total", _("모두"), _("기준 시각까지 센 수예요.")),
        integer("in_period", _("이번 기간"), _("보고서가 다루는 기간에 들어온 수예요. 세지 않는 항목은 비웠어요.")),
    )


def headline_columns() -> Columns:
    return (
        integer("place", _("차례"), _("보고서 앞에 놓은 차례예요.")),
        integer("idea", _("제안 번호"), _("앞에 놓은 제안의 번호예요.")),
        text("title", _("제목"), _("제안한 사람이 쓴 제목이에요."), TITLE_WIDTH),
        share("support", _("찬성 비율"), _("모든 투표 가운데 찬성의 몫이에요. 5표가 안 되면 비웠어요.")),
        share("ground", _("공감대"), _("찬성이 가장 적은 3분의 1의 사람들 가운데 찬성의 몫을 어림한 값이에요.")),
        share("ground_low", _("공감대의 낮은 끝"), _("열에 아홉 번은 낮은 끝과 높은 끝 사이일 거예요."), 11),
        share("ground_high", _("공감대의 높은 끝"), _("낮은 끝과 짝이 되는 값이에요."), 11),
        address(_("누리집에서 이 제안을 볼 수 있는 주소예요.")),
    )


def voice_columns() -> Columns:
    return (
        integer("theme_id", _("주제 번호"), _("정책 주제의 번호예요.")),
        text("theme", _("정책 주제"), _("정책 주제의 제목이에요."), TITLE_WIDTH),
        text("stands_for", _("어떤 목소리"), _("왜 이 글을 골랐는지예요."), 24),
        text("words", _("쓴 그대로의 글"), _("제안한 사람이 쓴 글의 한 부분이에요."), TEXT_WIDTH),
        integer("idea", _("제안 번호"), _("글이 들어 있는 제안의 번호예요.")),
        address(_("누리집에서 이 제안을 볼 수 있는 주소예요.")),
    )


def dividing_columns() -> Columns:
    return (
        integer("idea", _("제안 번호"), _("의견이 갈린 제안의 번호예요.")),
        text("title", _("제목"), _("제안한 사람이 쓴 제목이에요."), TITLE_WIDTH),
        integer("theme_id", _("주제 번호"), _("제안이 든 정책 주제의 번호예요. 포럼 전체에서 고른 제안은 비웠어요.")),
        text("words", _("어떻게 갈렸나"), _("의견 갈래마다 투표가 어떻게 달랐는지예요."), TEXT_WIDTH),
        address(_("누리집에서 이 제안을 볼 수 있는 주소예요.")),
    )


def milestone_columns() -> Columns:
    return (
        text("number", _("편지 번호"), _("답변이 달린 편지의 번호예요."), 20),
        text("theme", _("정책 주제"), _("편지가 다루는 정책 주제예요."), TITLE_WIDTH),
        text("ministry", _("소관부처"), _("약속한 부처예요."), 18),
        text("title", _("이행 단계"), _("부처가 하겠다고 한 일이에요."), TITLE_WIDTH),
        day("due_on", _("끝낼 날"), _("부처가 끝내겠다고 한 날이에요.")),
        share("percent_done", _("이행 정도"), _("부처가 알린, 이 단계가 이루어진 정도예요.")),
    )


def rating_columns() -> Columns:
    """What a ministry says of a step that is done, and what people who took part say of it."""
    answered = _("“됐나요?”에 이렇게 답한 사람의 수예요. 5명이 안 되게 평가했으면 비웠어요.")
    return (
        text("number", _("편지 번호"), _("답변이 달린 편지의 번호예요."), 20),
        text("theme", _("정책 주제"), _("편지가 다루는 정책 주제예요."), TITLE_WIDTH),
        text("ministry", _("소관부처"), _("약속한 부처예요."), 18),
        text("title", _("이행 단계"), _("부처가 끝냈다고 알린 일이에요."), TITLE_WIDTH),
        score("done", _("부처가 알린 점수"), _("부처가 알린 진행률을 10점 만점으로 적은 것이에요.")),
        integer("raters", _("평가한 사람"), _("참여한 사람 가운데 평가한 사람의 수예요. 5명이 안 되면 비웠어요.")),
        score("helps", _("도움 점수"), _("사람들이 0점부터 10점까지 준 점수의 평균이에요. 5명이 안 되면 비웠어요.")),
        score("helps_low", _("도움 점수의 낮은 끝"), _("도움 점수의 95% 구간이 시작하는 곳이에요."), 11),
        score("helps_high", _("도움 점수의 높은 끝"), _("도움 점수의 95% 구간이 끝나는 곳이에요."), 11),
        yes("has_gap", _("차이가 커요"), _("두 점수가 2점 넘게 다르면 ‘예’예요.")),
        *(integer(f"happened_{one.name.lower()}", str(one.label), answered) for one in Happened),
        address(_("누리집에서 편지와 답변을 볼 수 있는 주소예요.")),
    )


def sides_cells(sides: TwoSides) -> tuple[Any, ...]:
    """Return the cells of `rating_columns` between the step's title and the address."""
    return (
        *(sides.done, sides.n_people, sides.helps, sides.low, sides.high, sides.has_gap),
        *(sides.happened.get(one) for one in Happened),
    )


def pledge_columns() -> Columns:
    return (
        integer("theme_id", _("주제 번호"), _("정책 주제의 번호예요.")),
        text("theme", _("정책 주제"), _("정책 주제의 제목이에요."), TITLE_WIDTH),
        text("made_by", _("누가"), _("혼자인지, 반이나 마을이나 가게가 함께인지예요."), 14),
        integer("people", _("사람"), _("실천하기로 약속한 사람의 수예요. 숨긴 칸은 비웠어요.")),
        yes("is_hidden", _("숨김"), _("5명이 안 되거나, 그런 칸을 짐작하게 해서 수를 숨겼으면 ‘예’예요.")),
        address(_("누리집에서 이 주제를 볼 수 있는 주소예요.")),
    )


def interim_columns() -> Columns:
    """What ministries said before they answered."""
    return (
        text("number", _("편지 번호"), _("소관부처에 보낸 편지의 번호예요."), 20),
        text("theme", _("정책 주제"), _("편지가 다루는 정책 주제예요."), TITLE_WIDTH),
        text("ministry", _("소관부처"), _("중간 답변을 한 부처예요."), 18),
        day("said_on", _("알린 날"), _("중간 답변을 한 날이에요.")),
        text("words", _("중간 답변"), _("답변하기 전에 어디까지 왔는지 부처가 쓴 그대로예요."), TEXT_WIDTH),
        address(_("누리집에서 편지와 답변을 볼 수 있는 주소예요.")),
    )


def on_time_columns() -> Columns:
    return (
        text("ministry", _("소관부처"), _("답변을 맡은 부처예요."), 24),
        integer("on_time", _("기한 안에 답변"), _("기한까지 답한 편지의 수예요."), 11),
        integer("late", _("늦게 답변"), _("기한을 넘겨 답한 편지의 수예요."), 11),
        integer("overdue", _("답변 늦음"), _("기한이 지났는데 아직 답하지 않은 편지의 수예요."), 11),
        integer("waiting", _("답변 기다림"), _("기한이 아직 남은 편지의 수예요."), 11),
    )


def cluster_columns() -> Columns:
    return (
        integer("number", _("묶음 번호"), _("분석 회차 안에서 묶음의 번호예요.")),
        text("title", _("묶음"), _("자동 분석이 붙인 이름이에요."), TITLE_WIDTH),
        text("status", _("상태"), _("분석가가 이 묶음으로 무엇을 했는지예요."), 18),
        integer("ideas", _("제안"), _("묶음에 든 제안의 수예요. 어느 제안인지는 제안 표의 묶음 번호로 찾아요.")),
        text("keywords", _("핵심어"), _("이 묶음의 제안에 유난히 자주 나온 낱말이에요."), TITLE_WIDTH),
    )


def left_out_columns() -> Columns:
    return (
        text("reason", _("묶이지 않은 까닭"), _("제안이 어느 묶음에도 들지 않은 까닭이에요."), TITLE_WIDTH),
        integer("ideas", _("제안"), _("까닭이 같은 제안의 수예요. 어느 제안인지는 제안 표에 있어요.")),
    )


def sector_columns() -> Columns:
    return (text("sector", _("부문"), _("제안이 다루는 부문이에요.")), *_count_that_may_be_hidden())


def region_columns() -> Columns:
    return (text("region", _("지역"), _("제안한 사람이 고른 시·도예요.")), *_count_that_may_be_hidden())


def crossing_columns() -> Columns:
    return (
        text("sector", _("부문"), _("제안이 다루는 부문이에요.")),
        text("region", _("지역"), _("제안한 사람이 고른 시·도예요.")),
        *_count_that_may_be_hidden(),
    )


def _count_that_may_be_hidden() -> Columns:
    return (
        integer("ideas", _("제안"), _("제안의 수예요. 숨긴 칸은 비웠어요.")),
        yes("is_hidden", _("숨김"), _("5명이 안 되거나, 그런 칸을 짐작하게 해서 수를 숨겼으면 ‘예’예요.")),
    )


def time_columns() -> Columns:
    return (
        day("from_day", _("첫날"), _("센 날들 가운데 첫날이에요.")),
        day("to_day", _("끝날"), _("센 날들 가운데 마지막 날이에요.")),
        integer("ideas", _("제안"), _("그 사이에 올라온 제안의 수예요.")),
    )


def group_columns() -> Columns:
    return (
        text("letter", _("갈래"), _("의견 갈래의 이름이에요. 회차가 바뀌어도 그대로예요.")),
        integer("people", _("사람"), _("그 갈래와 비슷하게 투표한 사람의 수예요.")),
        share("share", _("몫"), _("갈래를 나눌 만큼 투표한 사람 가운데 그 갈래의 몫이에요.")),
        text("sentences", _("다른 점"), _("그 갈래가 다른 갈래와 무엇이 다른지예요."), TEXT_WIDTH),
    )


def group_vote_columns() -> Columns:
    return (
        integer("idea", _("제안 번호"), _("제안의 번호예요.")),
        text("letter", _("갈래"), _("의견 갈래의 이름이에요."), 9),
        integer("votes", _("투표"), _("그 갈래 사람들이 이 제안에 한 투표의 수예요. 5명이 안 되면 비웠어요.")),
        share("share", _("찬성 비율"), _("그 갈래의 투표 가운데 찬성의 몫을 어림한 값이에요.")),
        share("low", _("찬성 비율의 낮은 끝"), _("열에 아홉 번은 낮은 끝과 높은 끝 사이일 거예요."), 11),
        share("high", _("찬성 비율의 높은 끝"), _("낮은 끝과 짝이 되는 값이에요."), 11),
    )


def participant_columns() -> Columns:
    return (
        text("dimension", _("구분"), _("나이로 나눴는지 지역으로 나눴는지예요.")),
        text("name", _("이름"), _("나이대나 지역의 이름이에요."), 28),
        share("share", _("참여자 가운데 몫"), _("나이나 지역을 밝힌 참여자 가운데 몫이에요. 숨긴 칸은 비웠어요."), 11),
        share("population_share", _("인구 가운데 몫"), _("우리나라 인구 가운데 몫이에요."), 11),
        yes("is_hidden", _("숨김"), _("사람이 적어 몫을 숨겼으면 ‘예’예요.")),
    )


def gathering_columns() -> Columns:
    return (
        integer("id", _("모임 번호"), _("모임의 번호예요.")),
        text("title", _("모임"), _("모임의 이름이에요."), TITLE_WIDTH),
        day("began_on", _("모인 날"), _("한국 시각으로 모임을 시작한 날이에요.")),
        yes("is_in_period", _("이번 기간"), _("보고서가 다루는 기간에 끝났으면 ‘예’예요.")),
        integer("ideas", _("제안"), _("분석에 들어간 제안 가운데 이 모임에서 나온 것의 수예요.")),
        integer(
            "present",
            _("함께한 사람"),
            _("진행자가 센 수예요. 5명이 안 되거나 그런 모임을 짐작하게 하면, 또 끝나기 전이면 비웠어요."),
            11,
        ),
        address(_("누리집에서 이 모임을 볼 수 있는 주소예요.")),
    )


def side_columns() -> Columns:
    return (
        integer("idea", _("제안 번호"), _("제안의 번호예요.")),
        text("title", _("제안"), _("제안의 제목이에요."), TITLE_WIDTH),
        *_one_side("room", _("모임"), _("모임방에서, 모임이 끝났을 때")),
        *_one_side("online", _("온라인"), _("온라인에서")),
        integer(
            "difference",
            _("찬성의 차이"),
            _("모임의 찬성 비율에서 온라인의 찬성 비율을 뺀 것이에요. 백분율로 몇 점 차이인지예요."),
            11,
        ),
        integer("difference_low", _("차이의 낮은 끝"), _("차이의 95% 구간이 시작하는 곳이에요."), 11),
        integer("difference_high", _("차이의 높은 끝"), _("차이의 95% 구간이 끝나는 곳이에요."), 11),
        yes("is_different", _("다름"), _("어쩌다 그렇게 되었다고 보기 어려울 만큼 다르면 ‘예’예요.")),
        text("said", _("말로 하면"), _("얼마나 다르고 얼마나 확실한지예요."), TEXT_WIDTH),
    )


def _one_side(key: str, name: str, where: str) -> Columns:
    return (
        integer(f"{key}_agree", _("%(side)s 찬성", side=name), _("%(where)s 찬성한 사람의 수예요.", where=where)),
        integer(f"{key}_disagree", _("%(side)s 반대", side=name), _("%(where)s 반대한 사람의 수예요.", where=where)),
        integer(f"{key}_pass", _("%(side)s 넘김", side=name), _("%(where)s 넘긴 사람의 수예요.", where=where)),
        share(
            f"{key}_share",
            _("%(side)s 찬성 비율", side=name),
            _("%(where)s 투표한 사람 가운데 찬성의 몫이에요.", where=where),
            11,
        ),
        share(
            f"{key}_low", _("%(side)s 찬성의 낮은 끝", side=name), _("찬성 비율의 95% 구간이 시작하는 곳이에요."), 11
        ),
        share(f"{key}_high", _("%(side)s 찬성의 높은 끝", side=name), _("찬성 비율의 95% 구간이 끝나는 곳이에요."), 11),
    )


def outcome_columns() -> Columns:
    """How many arguments became a commitment."""
    return (
        text("name", _("의견"), _("모든 의견, 약속이 된 의견, 지켜진 의견 가운데 무엇인지예요."), TITLE_WIDTH),
        integer("arguments", _("가지 수"), _("뜻이 같은 제안을 하나로 센 수예요.")),
        share("share", _("비율"), _("모든 의견 가운데 차지하는 비율이에요.")),
        integer("people", _("사람 수"), _("그 의견을 쓰거나 찬성한 사람을 의견마다 더한 수예요.")),
        share("people_share", _("사람으로 본 비율"), _("사람 수로 무게를 둔 비율이에요."), 15),
    )


def data_use_columns() -> Columns:
    """What people found out with data."""
    return (
        integer("use_id", _("번호"), _("알게 된 것의 번호예요.")),
        text("title", _("알게 된 것"), _("자료로 알게 된 것을 한 문장으로 적은 것이에요."), TITLE_WIDTH),
        text("finding", _("자세한 내용"), _("어떻게 셌고 무엇을 알게 됐는지예요."), TEXT_WIDTH),
        text("effect", _("달라진 것"), _("무엇이 달라졌는지예요. 비었으면 아직 없어요."), TEXT_WIDTH),
        text("about", _("무엇에 대한 것"), _("제안, 정책 주제, 편지, 협의회 과제 가운데 무엇에 대한 것인지예요.")),
        text("about_title", _("그 제목"), _("그 제안이나 주제의 제목이에요."), TITLE_WIDTH),
        text("datasets", _("쓴 자료"), _("쓴 공익데이터의 제목이에요."), TITLE_WIDTH),
        text("chart", _("그림"), _("그림의 제목과 막대의 이름, 수예요."), TEXT_WIDTH),
        text("written_as", _("누가"), _("참여한 사람, 자료 담당자, 분석가 가운데 누가 적었는지예요.")),
        day("published_on", _("공개한 날"), _("처음 공개한 날이에요.")),
        address(_("누리집에서 이것을 볼 수 있는 주소예요.")),
    )


def everyday_columns() -> Columns:
    return (
        text("name", _("항목"), _("일상 제안의 확인과 답변, 시범 가운데 무엇을 센 수인지예요."), TITLE_WIDTH),
        integer("n", _("수"), _("기준 시각까지 센 수예요.")),
    )


def kind_columns() -> Columns:
    return (text("kind", _("분야"), _("일상 제안이 다루는 분야예요.")), *_count_that_may_be_hidden())


def office_columns() -> Columns:
    """What offices did with everyday ideas."""
    return (
        text("office", _("기관"), _("답변하거나 시범을 한 기관이에요."), 24),
        integer("answers", _("답변"), _("공개된 짧은 답변의 수예요.")),
        integer("fixed", _("고침"), _("고쳤다고 알린 답변의 수예요.")),
        integer("pilots_promised", _("시범 약속"), _("먼저 작게 해 보겠다고 한 답변의 수예요.")),
        integer("declined", _("고치기 어려움"), _("고치기 어렵다고 한 답변의 수예요.")),
        integer("pilots_tried", _("해 본 시범"), _("시작한 시범의 수예요. 이어받은 것도 세었어요.")),
        integer("taken_over", _("이어받음"), _("다른 기관에서 이어받은 시범의 수예요.")),
    )


def change_columns() -> Columns:
    return (
        text("name", _("항목"), _("무엇을 센 수인지예요."), TITLE_WIDTH),
        integer("before", _("지난 보고서"), _("지난 보고서에 적힌 수예요."), 11),
        integer("now", _("이번 보고서"), _("이번 보고서의 수예요."), 11),
        integer("difference", _("차이"), _("이번 수에서 지난 수를 뺀 값이에요."), 11),
    )


def method_columns() -> Columns:
    return (
        text("part", _("구분"), _("방법의 어느 부분인지예요.")),
        text("name", _("항목"), _("설정이나 프로그램의 이름이에요."), TITLE_WIDTH),
        text("value", _("값"), _("설정한 값, 프로그램의 판, 또는 설명이에요."), TEXT_WIDTH),
    )


TABLES: dict[str, Callable[[], Columns]] = {
    "overview": overview_columns,
    "headline": headline_columns,
    "changes": change_columns,
    "themes": theme_columns,
    "voices": voice_columns,
    "dividing": dividing_columns,
    "answers": letters_columns,
    "milestones": milestone_columns,
    "on_time": on_time_columns,
    "ideas": idea_columns,
    "clusters": cluster_columns,
    "left_out": left_out_columns,
    "over_time": time_columns,
    "sectors": sector_columns,
    "regions": region_columns,
    "crossings": crossing_columns,
    "groups": group_columns,
    "group_votes": group_vote_columns,
    "participants": participant_columns,
    "gatherings": gathering_columns,
    "sides": side_columns,
    "ratings": rating_columns,
    "pledges": pledge_columns,
    "interim": interim_columns,
    "outcomes": outcome_columns,
    "data_uses": data_use_columns,
    "everyday": everyday_columns,
    "kinds": kind_columns,
    "offices": office_columns,
    "pilots": pilot_columns,
    "method": method_columns,
}
"""Tables of a digest by key, in the order of the workbook's sheets."""
LATER: dict[str, frozenset[str]] = {
    "ideas": frozenset("paper_agree paper_disagree paper_pass gathering gathering_title room_number room_way".split()),
    "themes": frozenset("paper_agree paper_disagree paper_pass room_ideas".split()),
    "gatherings": frozenset(),
    "sides": frozenset(),
    "outcomes": frozenset(),
    "data_uses": frozenset(),
    "everyday": frozenset(),
    "kinds": frozenset(),
    "offices": frozenset(),
    "pilots": frozenset(),
    "ratings": frozenset(),
    "pledges": frozenset(),
    "interim": frozenset(),
}
"""Tables and columns that came after the first digests of this schema version: older files have them not."""
