from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forum.publication.digests.composing.findings import findings
from forum.publication.digests.content import DigestContent, IdeaLine
from forum.publication.digests.document import IdeaLink, Link
from forum.publication.representation.queries import Breakdown, Group, Representation
from tests.forum.publication.digests.contents import example_content, referral


def leads(content: DigestContent) -> list[str]:
    return [words[0].words for words in findings(content)]


def change_ideas(content: DigestContent, change) -> DigestContent:
    def changed(ideas: tuple[IdeaLine, ...]) -> tuple[IdeaLine, ...]:
        return tuple(map(change, ideas))

    themes = tuple(replace(theme, ideas=changed(theme.ideas)) for theme in content.themes)
    return replace(content, ideas=changed(content.ideas), themes=themes)


def without_badge(idea: IdeaLine) -> IdeaLine:
    return replace(idea, ground=replace(idea.ground, has_badge=False)) if idea.ground else idea


def without_ground(idea: IdeaLine) -> IdeaLine:
    return replace(idea, ground=None)


def without_votes(idea: IdeaLine) -> IdeaLine:
    return replace(idea, ground=None, agree=0, disagree=0, pass_=0)


def with_letters(*letters) -> DigestContent:
    content = example_content()
    first = replace(content.themes[0], referrals=letters)
    return replace(content, themes=(first, *(replace(theme, referrals=()) for theme in content.themes[1:])))


WAITING = {"decision": "", "reason": "", "answered_on": None, "milestones": (), "state": "검토 중"}


@pytest.mark.parametrize(
    ("change", "lead", "number"),
    [
        (lambda idea: idea, "모든 갈래가 찬성하는 제안이 있어요.", "80%(90% 구간 72~86%)"),
        (without_badge, "찬성이 넓어요.", "80%(90% 구간 72~86%)"),
        (without_ground, "찬성이 모였어요.", "91%(90% 구간 88~93%)"),
        (without_votes, "제안이 모였어요.", "제안이 9건 있어요."),
    ],
)
def test_what_people_want_is_told_by_the_strongest_thing_known(change, lead, number):
    first = findings(change_ideas(example_content(), change))[0]
    assert first[0].words == lead
    assert number in "".join(getattr(part, "words", "") for part in first)
    assert any(isinstance(part, IdeaLink) for part in first)


def test_without_themes_the_largest_cluster_speaks():
    content = change_ideas(example_content(themes=()), without_votes)
    first = findings(content)[0]
    assert first[0].words == "아직 정책 주제가 없어요."
    assert [part.idea_id for part in first if isinstance(part, IdeaLink)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("letters", "lead", "words"),
    [
        ([], "아직 보내지 않았어요.", "정책 주제 3개 가운데"),
        ([referral(1, 1, "버스", **WAITING)], "답변을 기다려요.", "가장 이른 답변 기한은 2026년 11월 16일"),
        ([referral(1, 1, "버스")], "답변이 왔어요.", "1통의 답변이 왔고(수용 1통), 기한을 넘긴 편지는 없어요."),
        ([referral(1, 1, "버스", **(WAITING | {"days_late": 3}))], "늦은 답변이 있어요.", "기한에서 3일 지났어요."),
        (
            [referral(1, 1, "버스"), referral(2, 1, "버스", **(WAITING | {"days_late": 9}))],
            "늦은 답변이 있어요.",
            "2통 가운데 1통의 답변이 왔고(수용 1통), 1통은 답변 기한을 넘겼어요.",
        ),
    ],
)
def test_a_late_answer_is_told_before_others(letters, lead, words):
    second = findings(with_letters(*letters))[1]
    assert second[0].words == lead
    assert words in second[2].words
    assert [part.words for part in second if isinstance(part, Link)] == [one.number for one in letters[-1:]]


def test_what_divides_is_told_before_who_is_missing():
    one = Breakdown("나이", (Group("20대", 8, 15),), None, "20대는 인구보다 적어요.", date(2026, 1, 1), "행정안전부")
    content = example_content(participants=Representation(120, date(2026, 11, 20), (one,)))
    assert leads(content)[2] == "의견이 갈려요."
    united = replace(content, dividing=(), themes=tuple(replace(theme, dividing=()) for theme in content.themes))
    missing = findings(united)[2]
    assert missing[0].words == "누가 참여했나요."
    assert missing[2].words == "20대는 인구보다 적어요."
    assert leads(replace(united, participants=None))[2] == "반대도 있어요."
    assert missing[-1] == Link("누가 참여했는지 보기", f"{content.campaign_url}#who")


def test_what_nothing_is_known_about_is_not_told():
    content = example_content(themes=(), clusters=(), ideas=(), dividing=())
    assert findings(content) == ()
