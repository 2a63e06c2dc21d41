from __future__ import annotations

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core.errors import InvalidInput
from forum.response.answers.acceptance import ideas_accepted_by, outcome_of
from forum.response.answers.queries import ideas_to_answer
from forum.response.answers.services import approve_answer, save_draft, submit_draft
from forum.response.answers.words import AnswerInput
from forum.response.referrals.models import Decision

NAMES = ("cited", "with line", "declined", "partly", "left out", "wanted")
LINES = {  # text and decision of the idea's own line
    "with line": None,
    "declined": Decision.DECLINED,
    "partly": Decision.PARTLY,
    "wanted": Decision.ACCEPTED,
}


@pytest.fixture
def letter(make):
    """A letter of six ideas, the first four cited in its summary, an officer, and the ideas by name."""
    campaign = make.campaign()
    ideas = dict(zip(NAMES, [make.idea(campaign) for _ in NAMES], strict=True))
    summary = " ".join(f"학교에 태양광을 답니다 [#{ideas[name].id}]." for name in NAMES[:4])
    theme = make.theme(campaign, list(ideas.values()), state=ThemeState.APPROVED, summary=summary)
    referral = make.received(make.referral(theme))
    return referral, make.officer(referral.lead.ministry), ideas


def said(ideas, decision, names=tuple(LINES)):
    points = {ideas[name].id: f"{name}에 답합니다" for name in names}
    decided = {ideas[name].id: LINES[name] for name in names if LINES[name]}
    return AnswerInput(decision, "까닭입니다", points=points, point_decisions=decided)


@pytest.mark.parametrize(
    ("decision", "accepted"),
    [
        (Decision.ACCEPTED, {"cited": "ACCEPTED", "with line": "ACCEPTED", "partly": "PARTLY", "wanted": "ACCEPTED"}),
        (Decision.PARTLY, {"partly": "PARTLY", "wanted": "ACCEPTED"}),
        (Decision.LATER, {"partly": "PARTLY", "wanted": "ACCEPTED"}),
    ],
    ids=lambda it: getattr(it, "name", ""),
)
def test_an_idea_is_accepted_by_its_own_line_or_as_cited_in_an_accepted_summary(letter, decision, accepted):
    referral, officer, ideas = letter
    answer = save_draft(referral, officer, said(ideas, decision))
    assert {one.idea_id: one.decision.name for one in ideas_accepted_by(answer.id)} == {
        ideas[name].id: code for name, code in accepted.items()
    }


def test_a_draft_shows_who_gets_a_certificate_keeps_it_or_loses_it(make, letter):
    referral, officer, ideas = letter
    ideas["wanted"].author.account.active = False
    outcome = outcome_of(save_draft(referral, officer, said(ideas, Decision.PARTLY)))
    assert [one.idea_id for one in outcome.gets] == [ideas["partly"].id]
    assert [one.idea_id for one in outcome.without] == [ideas["wanted"].id]
    assert (outcome.kept, outcome.loses) == (frozenset(), [])
    submit_draft(save_draft(referral, officer, said(ideas, Decision.ACCEPTED, ("partly",)), 0, 1), officer, 2)
    approve_answer(referral.draft, make.approver(referral.lead.ministry), 2)
    outcome = outcome_of(save_draft(referral, officer, said(ideas, Decision.PARTLY, ("partly", "declined")), 1))
    assert outcome.kept == {ideas["partly"].id}
    assert [one.idea_id for one in outcome.loses] == [ideas[name].id for name in ("cited", "with line", "declined")]


def test_a_decision_on_an_idea_needs_a_line_and_an_idea_of_the_letter(make, letter):
    referral, officer, ideas = letter
    for idea, message in ((ideas["wanted"], "한 줄"), (make.idea(), "편지에 없는")):
        draft = AnswerInput(Decision.PARTLY, "까닭", point_decisions={idea.id: Decision.ACCEPTED})
        with pytest.raises(InvalidInput, match=message):
            save_draft(referral, officer, draft)


def test_every_cited_idea_may_get_a_line_and_one_with_a_line_keeps_its_row(letter):
    referral, officer, ideas = letter
    cited = [
        one.idea_id for one in ideas_to_answer(referral.id).ideas
    ]  # the first three are the letter's representatives
    assert cited == [ideas[name].id for name in NAMES[:4]]
    save_draft(referral, officer, said(ideas, Decision.PARTLY, ("wanted",)))
    assert ideas["wanted"].id in [one.idea_id for one in ideas_to_answer(referral.id).ideas]
