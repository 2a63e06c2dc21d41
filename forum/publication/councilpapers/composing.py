"""From the content of papers to the document that is read. Pure: the same content gives the same document."""

from __future__ import annotations

from collections.abc import Iterator

from forum.core.i18n import _
from forum.core.korean import moment, thousands
from forum.publication.councilpapers.content import ItemLine, PaperContent, RoundPart, StageScores, TaskChapter
from forum.publication.digests.composing.pieces import grid, paragraph, shortened, strong, words
from forum.publication.digests.document import (
    Block,
    Bullets,
    Column,
    ColumnKind,
    Document,
    Grid,
    Heading,
    IdeaLink,
    Link,
    Quote,
    Words,
)
from forum.publication.digests.document import Notice as Box

MOST_QUOTE_CHARS = 300
MOST_QUOTES = 3


def compose_paper(content: PaperContent) -> Document:
    """Return the document of a meeting's papers."""
    blocks = [*_agenda(content), *_items(content), *_round(content.round), *_method()]
    return Document(
        title=_("회의 자료: %(title)s", title=content.title),
        subtitle=_("제%(term)s기 민·관 협의회 %(number)s번째 회의", term=content.term, number=content.number),
        is_sample=content.is_sample,
        dated=content.data_cut_at,
        facts=(
            (_("회의"), _("%(when)s, %(place)s", when=moment(content.starts_at), place=content.place)),
            (_("자료를 모은 때"), moment(content.data_cut_at)),
        ),
        blocks=tuple(blocks),
    )


def _agenda(content: PaperContent) -> Iterator[Block]:
    yield Heading(1, _("안건"), "agenda")
    columns = (
        Column("position", _("차례"), ColumnKind.INTEGER, width=8),
        Column("title", _("안건"), width=40),
        Column("task", _("과제"), width=40),
    )
    rows = [(item.position, item.title, item.task.title if item.task else "") for item in content.items]
    yield grid("agenda", _("안건과 과제"), columns, rows)
    yield paragraph(Link(_("누리집에서 이 회의 보기"), content.url))


def _items(content: PaperContent) -> Iterator[Block]:
    told: set[int] = set()
    for item in content.items:
        yield Heading(1, f"{item.position}. {item.title}", f"item-{item.position}")
        for piece in _pieces(item.text):
            yield paragraph(piece)
        if item.files:
            yield paragraph(_("회의 페이지에 붙인 파일: %(names)s", names=", ".join(item.files)))
        yield from _motions(item)
        if item.task and item.task.id not in told:
            told.add(item.task.id)
            yield from _task(item.task)


def _pieces(text: str) -> Iterator[str]:
    yield from (piece.strip() for piece in text.split("\n") if piece.strip())


def _motions(item: ItemLine) -> Iterator[Block]:
    lines: list[Words] = []
    for motion in item.motions:
        rules = _(" %(rule)s, 같은 수면 %(tie)s.", rule=motion.rule, tie=motion.tie_rule)
        said = _(" 결과: %(outcome)s (%(numbers)s)", outcome=motion.outcome, numbers=motion.numbers)
        lines.append(words(strong(motion.text), rules, said if motion.outcome else _(" 아직 정하지 않았어요.")))
    if lines:
        yield Heading(2, _("표결"))
        yield Bullets(tuple(lines))


def _task(task: TaskChapter) -> Iterator[Block]:
    yield Heading(2, _("과제 %(number)s: %(title)s", number=task.number, title=task.title), f"task-{task.id}")
    for piece in _pieces(task.summary):
        yield paragraph(piece)
    about = _("나온 곳: %(source)s. 지금: %(state)s.", source=task.source, state=task.state)
    if task.subcommittee:
        about += " " + _("맡은 분과: %(name)s.", name=task.subcommittee)
    yield paragraph(about, " ", Link(_("누리집에서 이 과제 보기"), task.url))
    yield from _words_of(task)
    yield from _conflicts(task)
    yield from _hearing(task)
    for opinion in task.opinions:
        yield Heading(3, _("의견: %(name)s (%(of)s)", name=opinion.name, of=opinion.affiliation))
        for piece in _pieces(opinion.text):
            yield paragraph(piece)


def _words_of(task: TaskChapter) -> Iterator[Block]:
    yield Heading(3, _("시민의 말"))
    if not task.has_words:
        yield Box(words(_("이 과제는 시민의 제안에서 나오지 않았어요.")))
        return
    if not task.words:
        yield paragraph(_("이 과제가 나온 제안 가운데 지금 공개된 것이 없어요."))
        return
    yield paragraph(_("제안 %(n)s건에서 나온 과제예요.", n=thousands(task.n_ideas)))
    for line in task.words[:MOST_QUOTES]:
        yield Quote(shortened(line.body, MOST_QUOTE_CHARS), line.title, IdeaLink(line.idea_id, line.url))
    yield Bullets(
        tuple(
            words(
                strong(line.title),
                " ",
                IdeaLink(line.idea_id, line.url),
                _(
                    " 찬성 %(agree)s, 반대 %(disagree)s, 넘김 %(passed)s",
                    agree=thousands(line.agree),
                    disagree=thousands(line.disagree),
                    passed=thousands(line.passed),
                ),
            )
            for line in task.words
        )
    )


def _conflicts(task: TaskChapter) -> Iterator[Block]:
    if not task.conflicts:
        return
    yield Heading(3, _("이해관계 신고"))
    late = _(" (늦게 신고해 점수를 뺐어요)")
    yield Bullets(tuple(words(strong(one.who), ": ", one.text, late if one.is_late else "") for one in task.conflicts))


def _hearing(task: TaskChapter) -> Iterator[Block]:
    hearing = task.hearing
    if hearing is None:
        return
    yield Heading(3, _("제안자 직접 설명"))
    said = _(
        "%(when)s, %(place)s (%(state)s)", when=moment(hearing.starts_at), place=hearing.place, state=hearing.state
    )
    yield paragraph(said, " ", Link(_("설명과 질문 모두 보기"), hearing.url))
    if hearing.what_changed:
        yield paragraph(strong(_("달라진 것")), ": ", hearing.what_changed)
    if hearing.answers:
        yield Bullets(
            tuple(
                words(strong(one.question), _(" (%(n)s명이 물음) ", n=thousands(one.n_votes)), one.answer)
                for one in hearing.answers
            )
        )


def _round(part: RoundPart | None) -> Iterator[Block]:
    if part is None:
        return
    yield Heading(1, _("대표과제 선정: %(title)s", title=part.title), "round")
    yield paragraph(part.stage, " ", Link(_("누리집에서 이 선정 보기"), part.url))
    if part.criteria:
        listed = ", ".join(_("%(name)s %(weight)s%%", name=name, weight=weight) for name, weight in part.criteria)
        yield paragraph(_("평가 기준: %(listed)s", listed=listed))
    for stage in part.scores:
        yield _scores(stage)
    if part.chosen:
        yield Heading(2, _("고른 대표과제"))
        yield Bullets(tuple(words(f"{number}. {title}") for number, title in part.chosen))
    for slate in part.slates:
        yield Heading(2, _("참고: 계산으로 고른 목록, %(side)s", side=slate.side))
        yield paragraph(
            _("%(n)s명의 표로 계산했어요. %(standing)s", n=thousands(slate.n_people), standing=slate.standing)
        )
        if slate.tasks:
            yield Bullets(tuple(words(f"{number}. {title}") for number, title in slate.tasks))


def _scores(stage: StageScores) -> Grid:
    columns = (
        Column("title", _("과제"), width=40),
        Column("rank", _("순위"), ColumnKind.INTEGER, width=8),
        Column("n", _("평가표"), ColumnKind.INTEGER, width=9),
        Column("median", _("중앙값"), ColumnKind.SCORE, width=9),
        Column("spread", _("흩어짐"), ColumnKind.SCORE, width=9),
        Column("range", _("순위 구간"), width=12),
    )
    rows = [
        (
            _("%(number)s. %(title)s", number=one.number, title=one.title),
            one.rank,
            one.n,
            one.median,
            one.spread,
            "" if one.rank_low is None else _("%(low)s~%(high)s위", low=one.rank_low, high=one.rank_high),
        )
        for one in stage.lines
    ]
    note = _("평가표 %(n)s장의 점수예요. 이름은 싣지 않아요.", n=thousands(stage.n_cards))
    if stage.n_taken_out:
        note += " " + _("이해관계를 늦게 신고한 %(n)s장은 빼고 다시 셌어요.", n=thousands(stage.n_taken_out))
    title = _("‘%(stage)s’ 단계의 점수", stage=stage.stage)
    return grid(f"scores-{stage.number}", title, columns, rows, note)


def _method() -> Iterator[Block]:
    yield Heading(1, _("이 자료를 읽을 때"), "method")
    yield Bullets(
        (
            words(_("결정은 협의회가 회의에서 해요. 점수와 계산으로 고른 목록은 참고 자료예요.")),
            words(_("점수는 단계를 닫고 나서 이름 없이 실어요. 순위 구간은 90% 구간이에요.")),
            words(_("자료를 모은 뒤에 바뀐 것은 누리집의 회의와 과제 페이지에 있어요.")),
        )
    )
