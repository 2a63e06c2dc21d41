from __future__ import annotations

from datetime import timedelta

from forum.analysis.themes.listing import AnswerGroup
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.response.referrals.models import AssignmentState, Decision
from forum.response.referrals.standings import standings_of


def test_a_theme_stands_where_its_newest_letter_stands(make, count_queries):
    campaign, ministry = make.campaign(), make.ministry(name="시험환경부")
    accepted, declined, waiting, late, stopped, unsent = (
        make.theme(campaign, state=ThemeState.APPROVED) for _ in range(6)
    )
    make.answer(make.referral(accepted, ministry), decision=Decision.DECLINED)
    make.answer(make.referral(accepted, ministry), decision=Decision.PARTLY)
    make.answer(make.referral(declined, ministry), decision=Decision.DECLINED)
    make.referral(waiting, ministry, due_on=clock.today() + timedelta(days=9))
    ago = clock.now() - timedelta(days=40)
    make.referral(late, ministry, sent_at=ago, due_on=clock.today() - timedelta(days=4))
    asked = make.received(make.referral(stopped, ministry), AssignmentState.ACKNOWLEDGED).lead.clock
    asked.stopped_on, asked.stopped_until = clock.today(), clock.today() + timedelta(days=5)
    found = standings_of(campaign)
    assert {theme_id: (one.group, one.label) for theme_id, one in found.items()} == {
        accepted.id: (AnswerGroup.TAKEN, "일부 수용"),
        declined.id: (AnswerGroup.OTHER, "수용 곤란"),
        waiting.id: (AnswerGroup.WAITING, "답변 기다림"),
        late.id: (AnswerGroup.WAITING, "답변 늦음"),
        stopped.id: (AnswerGroup.WAITING, "답변 기다림"),
    }
    assert unsent.id not in found
    assert found[waiting.id].note.endswith("9일 남음")
    assert found[late.id].note == "기한이 4일 지났어요"
    assert "멈췄어요" in found[stopped.id].note
    assert count_queries(lambda: standings_of(campaign)) == 1
