"""Tables of a digest as data frames: XLSX, CSV and JSON are written from the same ones. Loads pandas: only jobs do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import chain
from typing import Any

import pandas as pd

from forum.core.i18n import _
from forum.deliberation.joint.sides import SideVotes
from forum.publication.digests.columns import TABLES, sides_cells
from forum.publication.digests.content import (
    COUNT_NAMES,
    Cell,
    DataUseLine,
    DigestContent,
    Everyday,
    IdeaLine,
    Interval,
    PaperVotes,
    ReferralLine,
    RoomMark,
    ThemeChapter,
)
from forum.publication.digests.document import ColumnKind, Table
from forum.publication.digests.method_words import LIMITS, settings_in_words, value_in_words

Row = tuple[Any, ...]
Rows = Iterable[Row]
BETWEEN = " / "
"""Stands between the titles of an idea's themes."""
NO_INTERVAL = (None, None, None)
IN_PERIOD = {"answered": "answers"}
"""Names of counts that the counts of a period call otherwise."""
DTYPES = {
    ColumnKind.TEXT: "str",
    ColumnKind.INTEGER: "Int64",
    ColumnKind.SHARE: "float64",
    ColumnKind.SCORE: "float64",
    ColumnKind.DATE: "datetime64[s]",
    ColumnKind.MOMENT: "datetime64[us, Asia/Seoul]",
    ColumnKind.YES: "bool",
    ColumnKind.URL: "str",
}


def tables_of(content: DigestContent) -> dict[str, Table]:
    """Return all tables of a digest by key, in the order of the workbook's sheets; some may be empty.

    The ideas are those of the run and of the themes, each once. Shares are exact here; formats round them.
    """
    made = (
        *(_summaries(content), _of_themes(content), _of_ideas(content), _of_people(content)),
        *(_of_promises(content), _of_outcomes(content), _of_data(content), _of_everyday(content), _of_method(content)),
    )
    return {table.key: table for table in chain.from_iterable(made)}


def _summaries(content: DigestContent) -> Iterable[Table]:
    in_period = _("‘이번 기간’은 %(period)s예요.", period=content.period.label)
    yield _table("overview", _("한눈에 보기"), _counts(content), in_period)
    yield _table("headline", _("앞에 놓은 제안"), _headline(content), content.headline.why)
    yield _table("changes", _("달라진 수"), _changes(content))


def _of_themes(content: DigestContent) -> Iterable[Table]:
    themes = content.themes
    is_new = set(content.changes.new_themes if content.changes else ())
    answered = set(content.changes.new_answers if content.changes else ())
    letters = [letter for theme in themes for letter in theme.referrals]
    steps = [(one, step) for one in letters for step in one.milestones]
    yield _table(
        "themes",
        _("정책 주제"),
        (_theme(theme, is_new=theme.id in is_new) for theme in themes),
        _("분석가가 승인한 주제예요. 제안이 많은 주제부터 적었어요."),
    )
    yield _table("voices", _("사람들의 말"), _voices(content))
    yield _table("dividing", _("의견이 갈린 제안"), _dividing(content))
    yield _table(
        "answers",
        _("편지와 답변"),
        (_letter(letter, is_new=letter.number in answered) for letter in letters),
        _("소관부처에 보낸 편지마다 한 줄이에요."),
    )
    yield _table(
        "milestones",
        _("이행 단계"),
        (
            (one.number, one.theme, one.ministry, step.title, step.due_on, step.percent_done / 100)
            for one, step in steps
        ),
    )
    yield _table(
        "on_time",
        _("기한을 지킨 정도"),
        ((one.ministry, one.on_time, one.late, one.overdue, one.waiting) for one in content.on_time),
    )


def _of_ideas(content: DigestContent) -> Iterable[Table]:
    reasons: dict[str, int] = {}
    for left in content.unthemed:
        reasons[left.reason] = reasons.get(left.reason, 0) + 1
    over_time, step = content.over_time, timedelta(days=content.over_time.days - 1)
    yield _table(
        "ideas",
        _("제안"),
        _ideas(content),
        _("분석에 들어간 모든 제안과 정책 주제에 든 모든 제안이에요. 제안마다 한 줄이에요."),
    )
    yield _table(
        "clusters",
        _("묶음"),
        ((one.number, one.title, one.status, len(one.idea_ids), ", ".join(one.keywords)) for one in content.clusters),
        _("자동 분석이 찾은 그대로예요. 분석가가 고치기 전의 모습이에요."),
    )
    yield _table("left_out", _("묶이지 않은 제안"), reasons.items())
    yield _table(
        "over_time",
        _("날짜별 제안"),
        ((first, first + step, ideas) for first, ideas in over_time.points),
    )
    yield _table("sectors", _("부문별 제안"), _cells(content.sectors))
    yield _table("regions", _("지역별 제안"), _cells(content.regions))
    yield _table(
        "crossings",
        _("부문과 지역"),
        ((one.sector, one.region, one.ideas, one.ideas is None) for one in content.crossings),
    )


def _of_people(content: DigestContent) -> Iterable[Table]:
    opinion, people = content.opinion, content.participants
    groups = opinion.groups if opinion else ()
    note = _("공감대 회차 %(number)d번에서 가져왔어요.", number=opinion.number) if opinion else ""
    yield _table(
        "groups",
        _("의견 갈래"),
        ((one.name, one.size, one.share, " ".join(one.sentences)) for one in groups),
        note,
    )
    yield _table("group_votes", _("갈래별 찬성"), _group_votes(content), note)
    about = _("제안하거나 투표하거나 댓글을 쓴 사람은 약 %(people)d명이에요.", people=people.people) if people else ""
    yield _table("participants", _("참여자"), _participants(content), about)
    yield _table(
        "gatherings",
        _("모임"),
        (
            (one.id, one.title, one.began_on, one.is_in_period, one.ideas, one.present, one.url)
            for one in content.gatherings.lines
        ),
        _("이 보고서의 제안이 나온 모임과, 포럼 전체의 보고서에서는 이번 기간에 끝난 모임이에요."),
    )
    yield _table(
        "sides",
        _("모임과 온라인"),
        _sides(content),
        _("모임이 끝났을 때의 투표와 나머지 투표를 나란히 놓았어요. 구간은 95%이고, 종이 표는 들어 있지 않아요."),
    )


def _of_promises(content: DigestContent) -> Iterable[Table]:
    """Ratings, pledges and interim answers; each table only where there is something to tell."""
    letters = [letter for theme in content.themes for letter in theme.referrals]
    rated = [(letter, step) for letter in letters for step in letter.milestones if step.sides]
    if rated:
        yield _table(
            "ratings",
            _("양쪽의 평가"),
            (
                (letter.number, letter.theme, letter.ministry, step.title, *sides_cells(step.sides), letter.url)
                for letter, step in rated
                if step.sides
            ),
            _("소관부처가 끝냈다고 알린 이행 단계마다 한 줄이에요. 5명이 안 되는 평가는 비웠어요."),
        )
    if any(theme.pledges for theme in content.themes):
        yield _table(
            "pledges",
            _("실천 약속"),
            (
                (theme.id, theme.title, who, n, n is None, theme.url)
                for theme in content.themes
                if theme.pledges
                for who, n in theme.pledges.people
            ),
            _("한 사람이 한 주제에 여러 약속을 해도 한 번만 셌어요. 반, 마을, 가게는 함께하는 사람 수예요."),
        )
    if any(letter.interim for letter in letters):
        yield _table(
            "interim",
            _("중간 답변"),
            (
                (letter.number, letter.theme, one.ministry, one.said_on, one.words, letter.url)
                for letter in letters
                for one in letter.interim
            ),
        )


def _of_outcomes(content: DigestContent) -> Iterable[Table]:
    """What became of the arguments; no table before the first answer."""
    if content.outcomes is None:
        return
    yield _table(
        "outcomes",
        _("약속이 된 의견"),
        content.outcomes.shares.rows(),
        _("뜻이 같은 제안은 하나로 세었어요. 지켜졌는지는 부처가 알린 대로예요."),
    )


def _of_data(content: DigestContent) -> Iterable[Table]:
    """What people found out with data; no table where there is none."""
    if content.data_uses:
        yield _table(
            "data_uses",
            _("자료로 풀린 일"),
            (
                (
                    *(one.id, one.title, one.finding, one.effect, one.about, one.about_title),
                    *(BETWEEN.join(one.datasets), _chart_words(one), one.written_as, one.published_on, one.url),
                )
                for one in content.data_uses
            ),
            _("공익데이터로 알게 된 것마다 한 줄이에요. 달라진 것은 적은 사람이 알린 대로예요."),
        )


def _chart_words(line: DataUseLine) -> str:
    return BETWEEN.join([line.chart_title, *(": ".join(row) for row in line.chart_rows)]) if line.chart_rows else ""


def _of_everyday(content: DigestContent) -> Iterable[Table]:
    """What came of everyday ideas; no tables in other campaigns, whose readers should not wonder about them."""
    found = content.everyday
    if found is None:
        return
    yield _table(
        "everyday",
        _("일상 제안"),
        _everyday_counts(found),
        _("고쳤는지는 답변한 곳이 알린 대로예요."),
    )
    yield _table("kinds", _("분야별 제안"), _cells(found.kinds))
    yield _table(
        "offices",
        _("기관마다 한 일"),
        (
            (
                *(one.name, one.answers, one.fixed, one.pilots_promised),
                *(one.declined, one.pilots_tried, one.taken_over),
            )
            for one in found.offices
        ),
    )
    yield _table(
        "pilots",
        _("시범"),
        (one.row for one in found.pilots),
        _("차이의 범위는 95% 구간이에요. 한 곳의 앞뒤만 견준 것이라 다른 까닭이 섞였을 수 있어요."),
    )


def _everyday_counts(found: Everyday) -> Rows:
    yield _("확인을 기다리는 제안"), found.waiting
    yield _("그 가운데 기한이 지난 것"), found.late
    yield _("확인을 마친 제안"), found.checked
    yield _("그 가운데 3근무일 안에 마친 것"), found.in_time
    yield _("맡은 곳에 보낸 제안"), found.sent
    yield _("먼저 나온 제안에 합친 제안"), found.same
    yield _("이 포럼에서 다룰 수 없는 제안"), found.not_here
    for kind, n in found.answers:
        yield _("답변: %(kind)s", kind=kind), n
    yield _("시범"), len(found.pilots)
    yield _("다른 기관이 이어받은 시범"), found.spread


def _of_method(content: DigestContent) -> Iterable[Table]:
    note = _("방법을 풀어 쓴 글은 %(url)s에 있어요.", url=content.method_url)
    yield _table("method", _("방법과 한계"), _method(content), note)


def _table(key: str, title: str, rows: Rows, note: str = "") -> Table:
    its_columns = TABLES[key]()
    values: list[list[Any]] = [[] for _column in its_columns]
    for row in rows:  # zip(*rows) would hold 100,000 rows beside the columns
        for cells, cell in zip(values, row, strict=True):
            cells.append(cell)
    series = {
        column.key: pd.Series(cells, dtype=DTYPES[column.kind])
        for column, cells in zip(its_columns, values, strict=True)
    }
    return Table(key, title, its_columns, pd.DataFrame(series), note)


def _sides(content: DigestContent) -> Rows:
    for line in content.sides.lines:
        difference = line.difference
        yield (
            line.idea_id,
            content.idea(line.idea_id).title,
            *_side_cells(line.in_rooms),
            *_side_cells(line.online),
            *(round(100 * part) for part in (difference.value, difference.low, difference.high)),
            line.is_different,
            line.said,
        )


def _side_cells(votes: SideVotes) -> Row:
    return (*votes.counts, votes.agree / votes.votes, *votes.interval(votes.agree))


def _counts(content: DigestContent) -> Rows:
    for key, value in content.counts.items():
        yield str(COUNT_NAMES[key]), value, content.period_counts.get(IN_PERIOD.get(key, key))


def _headline(content: DigestContent) -> Rows:
    for place, idea_id in enumerate(content.headline.idea_ids, start=1):
        idea = content.idea(idea_id)
        support = idea.support.value if idea.support else None
        yield place, idea.id, idea.title, support, *_ground(idea), idea.url


def _changes(content: DigestContent) -> Rows:
    for one in content.changes.counts if content.changes else ():
        yield str(COUNT_NAMES[one.key]), one.before, one.now, one.now - one.before


def _theme(theme: ThemeChapter, *, is_new: bool) -> Row:
    best, latest = theme.best_ground, theme.latest
    return (
        theme.id,
        theme.title,
        theme.summary,
        theme.sector,
        len(theme.ideas),
        theme.people,
        theme.copies,
        theme.new_ideas,
        is_new,
        *(theme.agree, theme.disagree, theme.pass_),
        *_interval(theme.support),
        *(_ground(best) if best else NO_INTERVAL),
        best.id if best else None,
        theme.stability,
        ", ".join(theme.keywords),
        theme.run_number,
        theme.approved_on,
        *(
            (latest.number, latest.ministry, latest.state, latest.due_on, latest.decision, _done(latest))
            if latest
            else ("", "", _("전달 전"), None, "", None)
        ),
        *_paper(theme.paper_votes),
        len(theme.from_rooms),
        theme.url,
    )


def _letter(letter: ReferralLine, *, is_new: bool) -> Row:
    return (
        letter.number,
        letter.theme_id,
        letter.theme,
        letter.ministry,
        letter.sent_on,
        letter.due_on,
        letter.state,
        letter.days_late,
        letter.decision,
        letter.reason,
        letter.answered_on,
        _done(letter),
        is_new,
        letter.url,
    )


def _done(letter: ReferralLine) -> float | None:
    return None if letter.percent_done is None else letter.percent_done / 100


def _voices(content: DigestContent) -> Rows:
    for theme in content.themes:
        for one in theme.voices:
            yield theme.id, theme.title, one.label, one.words, one.idea_id, content.idea(one.idea_id).url


def _dividing(content: DigestContent) -> Rows:
    of_themes = ((theme.id, one) for theme in content.themes for one in theme.dividing)
    for theme_id, one in chain(((None, one) for one in content.dividing), of_themes):
        idea = content.idea(one.idea_id)
        yield idea.id, idea.title, theme_id, one.words, idea.url


def _ideas(content: DigestContent) -> Rows:
    """Yield a row per idea, by number."""
    themes: dict[int, list[ThemeChapter]] = {}
    for theme in content.themes:
        for idea in theme.ideas:
            themes.setdefault(idea.id, []).append(theme)
    by_hand = {key for theme in content.themes for key in theme.by_hand}
    shown = {key for theme in content.themes for key in theme.representatives}
    cluster_of = {key: cluster.number for cluster in content.clusters for key in cluster.idea_ids}
    reason_of = {left.idea_id: left.reason for left in content.unthemed}
    lines = {idea.id: idea for idea in chain(content.ideas, *(theme.ideas for theme in content.themes))}
    for key, idea in sorted(lines.items()):
        of_idea = themes.get(key, [])
        added_by = "" if not of_idea else _("분석가") if key in by_hand else _("자동 분석")
        yield (
            *(key, idea.title, idea.body, idea.sector, idea.region, idea.created_on),
            *(BETWEEN.join(theme.title for theme in of_idea), ", ".join(str(theme.id) for theme in of_idea)),
            *(added_by, key in shown, cluster_of.get(key), reason_of.get(key, ""), idea.copy_of),
            *(idea.agree, idea.disagree, idea.pass_),
            *_interval(idea.support),
            *(idea.comments, idea.imported_agree_count),
            *_ground(idea),
            bool(idea.ground and idea.ground.has_badge),
            *((idea.ground.cost_to_win, idea.ground.cost_to_lose) if idea.ground else (None, None)),
            *_paper(idea.paper),
            *_room(idea.room),
            idea.url,
        )


def _interval(interval: Interval | None) -> Row:
    return (interval.value, interval.low, interval.high) if interval else NO_INTERVAL


def _paper(paper: PaperVotes | None) -> Row:
    return (paper.agree, paper.disagree, paper.pass_) if paper else (None, None, None)


def _room(room: RoomMark | None) -> Row:
    return (room.gathering_id, room.title, room.number, room.way) if room else (None, "", None, "")


def _ground(idea: IdeaLine) -> Row:
    return _interval(idea.ground.common if idea.ground else None)


def _cells(cells: Iterable[Cell]) -> Rows:
    return ((cell.name, cell.ideas, cell.ideas is None) for cell in cells)


def _group_votes(content: DigestContent) -> Rows:
    names = {one.letter: one.name for one in content.opinion.groups} if content.opinion else {}
    for idea in content.ideas:
        for one in idea.ground.groups if idea.ground else ():
            yield idea.id, names.get(one.letter, one.letter), one.votes, *_interval(one.share)


def _participants(content: DigestContent) -> Rows:
    for one in content.participants.breakdowns if content.participants else ():
        for group in one.groups:
            share = None if group.share is None else group.share / 100
            yield one.label, group.name, share, group.population_share / 100, share is None
        if one.untold_share is not None:
            yield one.label, _("밝히지 않음 (모든 참여자 가운데)"), one.untold_share / 100, None, False


def _method(content: DigestContent) -> Rows:
    for label, words in settings_in_words(content.parameters):
        yield _("설정"), label, words
    for name, value in content.versions.items():
        yield _("프로그램"), name, value_in_words(value)
    for limit in LIMITS:
        yield _("한계"), "", str(limit)
