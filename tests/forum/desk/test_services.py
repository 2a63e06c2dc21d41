from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.access import Role
from forum.audit.models import AuditEntry
from forum.campaigns.models import PhaseKind
from forum.desk.services import (
    add_idea_to_theme,
    adopt_cluster,
    decide_theme,
    edit_theme,
    remove_idea_from_theme,
)
from forum.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.extensions import db
from forum.ideas.models import IdeaState
from forum.notices.models import Notice, OutboxMail
from forum.themes.models import (
    MemberSource,
    ThemeState,
)


def test_a_cluster_becomes_one_theme(make):
    campaign = make.campaign()
    run, analyst = make.run(campaign), make.analyst()
    theme = adopt_cluster(run.clusters[0], analyst, "학교 태양광 확대", "")
    assert (theme.state, theme.run_id, len(theme.members)) == (ThemeState.DRAFT, run.id, 2)
    assert {member.source for member in theme.members} == {MemberSource.MACHINE}
    with pytest.raises(WrongState, match="이미 정책 주제 ‘학교 태양광 확대’로"):
        adopt_cluster(run.clusters[0], make.analyst(), "다른 이름", "")


def test_ideas_withdrawn_since_the_run_stay_out_of_the_theme(make):
    campaign = make.campaign()
    gone, away = (make.idea(campaign, state=IdeaState.WITHDRAWN) for _ in range(2))
    stays = make.idea(campaign)
    run = make.run(campaign, [[gone, stays], [away]])
    assert [m.idea_id for m in adopt_cluster(run.clusters[0], make.analyst(), "남은 것", "").members] == [stays.id]
    with pytest.raises(WrongState, match="모두 철회"):
        adopt_cluster(run.clusters[1], make.analyst(), "빈 것", "")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANALYST])
def test_only_analysts_make_themes(make, role):
    actor, campaign = make.actor(role), make.campaign()
    run, theme = make.run(campaign), make.theme(campaign)
    acts = (
        lambda: adopt_cluster(run.clusters[0], actor, "이름", ""),
        lambda: edit_theme(theme, actor, "이름", "", theme.version),
        lambda: decide_theme(theme, actor, ThemeState.APPROVED, "", theme.version),
        lambda: add_idea_to_theme(theme, make.idea(campaign), actor),
        lambda: remove_idea_from_theme(theme, theme.members[0].idea_id, actor),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 0


@pytest.mark.parametrize(
    ("title", "summary", "field"),
    [("", "요약", "title"), ("가" * 101, "", "title"), ("이름", "가" * 5001, "summary"), ("이름", "\x00", "summary")],
)
def test_bad_texts_of_a_theme_are_named_at_their_field(make, title, summary, field):
    theme = make.theme()
    with pytest.raises(InvalidInput) as refused:
        edit_theme(theme, make.analyst(), title, summary, theme.version)
    assert list(refused.value.errors) == [field]


def test_two_analysts_do_not_overwrite_each_other(make):
    theme = make.theme()
    seen = theme.version
    edit_theme(theme, make.analyst(), "첫째의 이름", "", seen)
    with pytest.raises(WrongState, match="다른 분석가가 먼저"):
        edit_theme(theme, make.analyst(), "둘째의 이름", "", seen)
    assert theme.title == "첫째의 이름"


def test_a_rejection_needs_a_reason_and_an_approval_a_summary(make):
    analyst, theme = make.analyst(), make.theme(summary="")
    for decision in (ThemeState.REJECTED, ThemeState.APPROVED):
        with pytest.raises(InvalidInput) as refused:
            decide_theme(theme, analyst, decision, " \u3164 ", theme.version)
        assert "reason" in refused.value.errors


def test_a_decision_is_final_here_and_audited_without_texts(make):
    analyst, theme = make.analyst(), make.theme(title="비밀스러운 이름")
    decide_theme(theme, analyst, ThemeState.REJECTED, "근거가 모자랍니다", theme.version)
    with pytest.raises(WrongState, match="이미 ‘채택하지 않음’으로"):
        decide_theme(theme, analyst, ThemeState.APPROVED, "", theme.version)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.after["state"]) == ("themes.rejected", analyst.id, "REJECTED")
    assert "비밀" not in str(entry.after)


def test_a_closed_review_phase_decides_nothing(make):
    theme = make.theme(make.campaign(open_phases=(PhaseKind.VOTING,)))
    with pytest.raises(WrongState, match="분석·검토 단계"):
        decide_theme(theme, make.analyst(), ThemeState.APPROVED, "", theme.version)


def test_authors_hear_of_the_approval_once_each(make):
    campaign, author = make.campaign(), make.citizen()
    theme = make.theme(campaign, [make.idea(campaign, author), make.idea(campaign, author), make.idea(campaign)])
    decide_theme(theme, make.analyst(), ThemeState.APPROVED, "", theme.version)
    assert db.session.scalar(sa.select(sa.func.count(Notice.id)).where(Notice.account_id == author.id)) == 1
    assert db.session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 2


def test_an_idea_added_by_hand_is_marked_so(make):
    campaign = make.campaign()
    theme, idea = make.theme(campaign), make.idea(campaign)
    assert add_idea_to_theme(theme, idea, make.analyst()).source is MemberSource.HUMAN
    with pytest.raises(WrongState):
        add_idea_to_theme(theme, idea, make.analyst())
    with pytest.raises(InvalidInput, match="다른 포럼"):
        add_idea_to_theme(theme, make.idea(), make.analyst())


def test_an_idea_that_does_not_belong_is_taken_out_of_a_draft(make):
    analyst, theme = make.analyst(), make.theme()
    first, second = (member.idea_id for member in theme.members)
    remove_idea_from_theme(theme, first, analyst)
    assert [member.idea_id for member in theme.members] == [second]
    with pytest.raises(NotFound):
        remove_idea_from_theme(theme, first, analyst)
    with pytest.raises(WrongState, match="마지막"):
        remove_idea_from_theme(theme, second, analyst)
    approved = make.theme(state=ThemeState.APPROVED)
    with pytest.raises(WrongState, match="결정이 난"):
        remove_idea_from_theme(approved, approved.members[0].idea_id, analyst)
