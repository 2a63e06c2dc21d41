from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.curation.membership import (
    SplitPart,
    add_ideas,
    merge_themes,
    move_ideas,
    remove_ideas,
    split_theme,
)
from forum.analysis.curation.models import ExcludedIdea, RecordedEdit
from forum.analysis.curation.queries import edits_of, get_edit
from forum.analysis.curation.services import (
    adopt_cluster,
    decide_theme,
    edit_theme,
    reopen_theme,
    start_split_suggestion,
    undo_edit,
)
from forum.analysis.themes.models import MemberSource, Theme, ThemeIdea, ThemeState
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry
from forum.system.jobs.models import Job, JobState
from forum.system.notices.models import Notice, OutboxMail
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import IdeaState
from tests.nlp.test_pipeline import SUBJECTS


def members(theme: Theme) -> dict[int, MemberSource]:
    query = sa.select(ThemeIdea.idea_id, ThemeIdea.source).where(ThemeIdea.theme_id == theme.id)
    return dict(db.session.execute(query.order_by(ThemeIdea.idea_id)).all())


def whole(theme: Theme) -> tuple[object, ...]:
    """Return everything of a theme that an edit may change, to be compared before and after."""
    rows = db.session.execute(
        sa.select(ThemeIdea.idea_id, ThemeIdea.source, ThemeIdea.score, ThemeIdea.added_at)
        .where(ThemeIdea.theme_id == theme.id)
        .order_by(ThemeIdea.idea_id)
    ).all()
    kept_out = db.session.scalars(sa.select(ExcludedIdea.idea_id).where(ExcludedIdea.theme_id == theme.id)).all()
    names = ("title", "title_source", "summary", "state", "decision_reason", "decided_by_id", "decided_at")
    fields = tuple(getattr(theme, name) for name in (*names, "merged_into_id", "cluster_id"))
    return fields, tuple(map(tuple, rows)), tuple(sorted(kept_out))


def last_edit() -> RecordedEdit:
    return get_edit(db.session.scalar(sa.select(sa.func.max(RecordedEdit.id))) or 0)


@pytest.fixture
def pair(make):
    """Two drafts of one campaign, with three and two ideas put in by the machine."""
    campaign = make.campaign()
    return tuple(make.theme(campaign, [make.idea(campaign) for _ in range(n)]) for n in (3, 2))


def test_a_cluster_becomes_one_theme(make):
    campaign = make.campaign()
    run, analyst = make.run(campaign), make.analyst()
    theme = adopt_cluster(run.clusters[0], analyst, "학교 태양광 확대", "")
    assert (theme.state, theme.run_id, len(theme.members)) == (ThemeState.DRAFT, run.id, 2)
    assert {member.source for member in theme.members} == {MemberSource.MACHINE}
    assert theme.title_source is MemberSource.HUMAN
    with pytest.raises(WrongState, match="이미 정책 주제 ‘학교 태양광 확대’로"):
        adopt_cluster(run.clusters[0], make.analyst(), "다른 이름", "")


def test_a_name_that_the_machine_gave_is_known_as_the_machines_until_a_person_changes_it(make):
    run, analyst = make.run(), make.analyst()
    theme = adopt_cluster(run.clusters[0], analyst, run.clusters[0].title)
    assert theme.title_source is MemberSource.MACHINE
    edit_theme(theme, analyst, theme.title, "요약만 씁니다", theme.version)
    assert theme.title_source is MemberSource.MACHINE
    edit_theme(theme, analyst, "사람이 지은 이름", "", theme.version)
    assert theme.title_source is MemberSource.HUMAN


def test_ideas_withdrawn_since_the_run_stay_out_of_the_theme(make):
    campaign = make.campaign()
    gone, away = (make.idea(campaign, state=IdeaState.WITHDRAWN) for _ in range(2))
    stays = make.idea(campaign)
    run = make.run(campaign, [[gone, stays], [away]])
    assert [m.idea_id for m in adopt_cluster(run.clusters[0], make.analyst(), "남은 것", "").members] == [stays.id]
    with pytest.raises(WrongState, match="모두 철회"):
        adopt_cluster(run.clusters[1], make.analyst(), "빈 것", "")


def test_an_idea_that_a_person_put_elsewhere_is_not_fetched_by_adopting_its_cluster(make):
    campaign, analyst = make.campaign(), make.analyst()
    ideas = [make.idea(campaign) for _ in range(3)]
    run = make.run(campaign, [ideas])
    other = make.theme(campaign)
    add_ideas(other, [ideas[0].id], analyst, other.version)
    assert set(members(adopt_cluster(run.clusters[0], analyst, "남은 둘"))) == {ideas[1].id, ideas[2].id}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANALYST])
def test_only_analysts_act_on_themes(make, pair, role):
    actor, (theme, other) = make.actor(role), pair
    run, idea_id = make.run(theme.campaign), theme.members[0].idea_id
    decided = make.theme(theme.campaign, state=ThemeState.REJECTED)
    move_ideas(theme, other, [theme.members[1].idea_id], make.analyst(), theme.version)
    n_entries = db.session.scalar(sa.select(sa.func.count(AuditEntry.id)))
    acts = (
        lambda: adopt_cluster(run.clusters[0], actor, "이름", ""),
        lambda: edit_theme(theme, actor, "이름", "", theme.version),
        lambda: decide_theme(theme, actor, ThemeState.APPROVED, "", theme.version),
        lambda: reopen_theme(decided, actor, decided.version),
        lambda: add_ideas(theme, [make.idea(theme.campaign).id], actor, theme.version),
        lambda: remove_ideas(theme, [idea_id], actor, theme.version),
        lambda: move_ideas(theme, other, [idea_id], actor, theme.version),
        lambda: merge_themes(theme, other, actor, theme.version, other.version),
        lambda: split_theme(theme, [SplitPart("새 주제", (idea_id,))], actor, theme.version),
        lambda: start_split_suggestion(theme, actor),
        lambda: undo_edit(last_edit(), actor),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) == n_entries


@pytest.mark.parametrize(
    ("title", "summary", "field"),
    [
        ("", "요약", "title"),
        ("가" * 101, "", "title"),
        ("이름", "가" * 5001, "summary"),
        ("이름", "\x00", "summary"),
        ("이름", "900101-1234567 님의 제안", "summary"),
    ],
)
def test_bad_texts_of_a_theme_are_named_at_their_field(make, title, summary, field):
    theme = make.theme()
    with pytest.raises(InvalidInput) as refused:
        edit_theme(theme, make.analyst(), title, summary, theme.version)
    assert list(refused.value.errors) == [field]


def test_two_analysts_do_not_overwrite_each_other_and_hear_who_did_what(make, pair):
    theme, other = pair
    seen, first = theme.version, make.analyst(display_name="다온")
    edit_theme(theme, first, "첫째의 이름", "", seen)
    move_ideas(theme, other, [theme.members[0].idea_id], first, theme.version)
    acts = (
        lambda: edit_theme(theme, make.analyst(), "둘째의 이름", "", seen),
        lambda: move_ideas(theme, other, [theme.members[0].idea_id], make.analyst(), seen),
        lambda: remove_ideas(theme, [theme.members[0].idea_id], make.analyst(), seen),
        lambda: split_theme(theme, [SplitPart("조각", (theme.members[0].idea_id,))], make.analyst(), seen),
        lambda: merge_themes(theme, other, make.analyst(), seen, other.version),
        lambda: decide_theme(theme, make.analyst(), ThemeState.REJECTED, "까닭", seen),
    )
    for act in acts:
        with pytest.raises(WrongState, match=r"다온.*제안 옮김.*다온.*이름과 요약 고침"):
            act()
    assert (theme.title, len(members(theme))) == ("첫째의 이름", 2)


def test_merging_into_a_theme_that_has_changed_meanwhile_is_refused(make, pair):
    theme, other = pair
    seen = other.version
    edit_theme(other, make.analyst(display_name="다온"), "다른 것이 되었습니다", "", seen)
    with pytest.raises(WrongState, match="다온"):
        merge_themes(theme, other, make.analyst(), theme.version, seen)


def test_a_rejection_needs_a_reason_and_an_approval_a_summary(make):
    analyst, theme = make.analyst(), make.theme(summary="")
    for decision in (ThemeState.REJECTED, ThemeState.OUT_OF_SCOPE, ThemeState.APPROVED):
        with pytest.raises(InvalidInput) as refused:
            decide_theme(theme, analyst, decision, " \u3164 ", theme.version)
        assert set(refused.value.errors) == {"summary" if decision is ThemeState.APPROVED else "reason"}


def test_a_summary_is_approved_only_when_every_sentence_names_an_idea_of_the_theme(make, pair):
    theme, other = pair
    analyst, mine, foreign = make.analyst(), theme.members[0].idea_id, other.members[0].idea_id
    for summary, said in (
        (f"태양광을 답니다 [#{mine}]. 학교부터 합니다.", "‘학교부터 합니다.’: 근거가 되는"),
        (f"태양광을 답니다 [#{foreign}].", "이 주제에 들어 있지 않아요"),
        ("태양광을 답니다 [#999999].", "이 포럼에 없어요"),
    ):
        edit_theme(theme, analyst, theme.title, summary, theme.version)
        with pytest.raises(InvalidInput, match=said):
            decide_theme(theme, analyst, ThemeState.APPROVED, "", theme.version)
    edit_theme(theme, analyst, theme.title, f"태양광을 답니다 [#{mine}].", theme.version)
    decide_theme(theme, analyst, ThemeState.APPROVED, "", theme.version)
    assert theme.state is ThemeState.APPROVED


def test_a_decision_stands_until_it_is_taken_back_and_is_audited_without_texts(make):
    analyst, theme = make.analyst(), make.theme(title="비밀스러운 이름")
    decide_theme(theme, analyst, ThemeState.REJECTED, "근거가 모자랍니다", theme.version)
    with pytest.raises(WrongState, match="이미 ‘채택하지 않음’으로 결정된 주제라"):
        decide_theme(theme, analyst, ThemeState.APPROVED, "", theme.version)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.actor_id) == ("themes.reject", analyst.id)
    assert (entry.before["state"], entry.after["state"]) == ("DRAFT", "REJECTED")
    assert "비밀" not in str(entry.after)
    reopen_theme(theme, analyst, theme.version)
    assert (theme.state, theme.decision_reason, theme.decided_by_id) == (ThemeState.DRAFT, "", None)


def test_a_closed_review_phase_decides_nothing(make):
    campaign = make.campaign(open_phases=(PhaseKind.VOTING,))
    theme, decided = make.theme(campaign), make.theme(campaign, state=ThemeState.APPROVED)
    with pytest.raises(WrongState, match="분석·검토 단계"):
        decide_theme(theme, make.analyst(), ThemeState.APPROVED, "", theme.version)
    with pytest.raises(WrongState, match="분석·검토 단계"):
        reopen_theme(decided, make.analyst(), decided.version)


def test_authors_hear_of_the_approval_once_each_and_of_its_taking_back(make):
    campaign, author = make.campaign(), make.citizen()
    theme = make.theme(campaign, [make.idea(campaign, author), make.idea(campaign, author), make.idea(campaign)])
    decide_theme(theme, make.analyst(), ThemeState.APPROVED, "", theme.version)
    assert db.session.scalar(sa.select(sa.func.count(Notice.id)).where(Notice.account_id == author.id)) == 1
    assert db.session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 2
    undo_edit(last_edit(), make.analyst())
    said = db.session.scalars(sa.select(Notice.text).where(Notice.account_id == author.id).order_by(Notice.id)).all()
    assert "승인을 거두고 다시 검토해요" in said[-1]
    decide_theme(theme, make.analyst(), ThemeState.APPROVED, "", theme.version)
    assert db.session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 6  # each change reaches both authors


def test_followers_hear_of_the_approval_and_of_its_taking_back_once_a_day(make):
    campaign, author, follower = make.campaign(), make.citizen(), make.citizen()
    idea = make.idea(campaign, author)
    theme = make.theme(campaign, [idea])
    for account in (author, follower):
        make.follow(account, idea), make.follow(account, theme)
    decide_theme(theme, make.analyst(), ThemeState.APPROVED, "", theme.version)
    undo_edit(last_edit(), make.analyst())
    notices = db.session.scalars(sa.select(Notice).order_by(Notice.id)).all()
    assert [(notice.account_id, notice.in_daily_mail) for notice in notices] == [
        (author.id, False),
        (follower.id, True),
        (author.id, False),
        (follower.id, True),
    ]
    assert "내 제안" not in notices[1].text
    assert set(db.session.scalars(sa.select(OutboxMail.account_id))) == {author.id}


def test_an_idea_put_in_by_hand_is_marked_so(make):
    campaign = make.campaign()
    theme, idea, analyst = make.theme(campaign), make.idea(campaign), make.analyst()
    add_ideas(theme, [idea.id], analyst, theme.version)
    assert members(theme)[idea.id] is MemberSource.HUMAN
    with pytest.raises(WrongState, match="이미 이 주제에"):
        add_ideas(theme, [idea.id], analyst, theme.version)
    withdrawn = make.idea(campaign, state=IdeaState.WITHDRAWN)
    for wrong in ([make.idea().id], [withdrawn.id], [0], []):
        with pytest.raises(InvalidInput):
            add_ideas(theme, wrong, analyst, theme.version)


def test_ideas_that_do_not_belong_are_taken_out_and_one_at_least_stays(make, pair):
    analyst, (theme, _other) = make.analyst(), pair
    first, second, third = members(theme)
    assert remove_ideas(theme, [first, second], analyst, theme.version) == [first, second]
    assert list(members(theme)) == [third]
    with pytest.raises(WrongState, match="이 주제에 없어요"):
        remove_ideas(theme, [first], analyst, theme.version)
    with pytest.raises(WrongState, match="마지막"):
        remove_ideas(theme, [third], analyst, theme.version)


def test_moved_ideas_are_the_persons_and_do_not_come_back(make, pair):
    theme, other = pair
    moved = list(members(theme))[:2]
    assert move_ideas(theme, other, moved, make.analyst(), theme.version) == moved
    assert {members(other)[key] for key in moved} == {MemberSource.HUMAN}
    assert set(db.session.scalars(sa.select(ExcludedIdea.idea_id).where(ExcludedIdea.theme_id == theme.id))) == set(
        moved
    )
    move_ideas(other, theme, moved[:1], make.analyst(), other.version)
    assert set(db.session.scalars(sa.select(ExcludedIdea.idea_id).where(ExcludedIdea.theme_id == theme.id))) == set(
        moved[1:]
    )


def test_moving_to_another_forum_or_to_itself_or_everything_is_refused(make, pair):
    theme, _other = pair
    ids, analyst = list(members(theme)), make.analyst()
    with pytest.raises(InvalidInput, match="다른 포럼"):
        move_ideas(theme, make.theme(), ids[:1], analyst, theme.version)
    with pytest.raises(InvalidInput, match="다른 주제를"):
        move_ideas(theme, theme, ids[:1], analyst, theme.version)
    with pytest.raises(WrongState, match="모두 옮기려면"):
        move_ideas(theme, pair[1], ids, analyst, theme.version)


def test_a_merged_theme_lives_on_in_the_other_and_keeps_who_put_what(make, pair):
    theme, other = pair
    analyst, by_hand = make.analyst(), make.idea(theme.campaign)
    add_ideas(theme, [by_hand.id], analyst, theme.version)
    theirs = members(theme)
    merge_themes(theme, other, analyst, theme.version, other.version)
    assert (theme.state, theme.merged_into_id, members(theme)) == (ThemeState.MERGED, other.id, {})
    assert theirs.items() <= members(other).items()
    assert len(members(other)) == 6


def test_a_theme_is_split_by_hand_or_by_the_machines_groups(make, pair):
    theme, _other = pair
    first, second, third = members(theme)
    parts = [SplitPart("사람의 조각", (first,)), SplitPart("기계의 조각", (second,), MemberSource.MACHINE)]
    made = split_theme(theme, parts, make.analyst(), theme.version)
    assert [(new.title, new.title_source, list(members(new))) for new in made] == [
        ("사람의 조각", MemberSource.HUMAN, [first]),
        ("기계의 조각", MemberSource.MACHINE, [second]),
    ]
    assert list(members(theme)) == [third]
    with pytest.raises(WrongState, match="남는 제안이 없어요"):
        split_theme(theme, [SplitPart("모두", (third,))], make.analyst(), theme.version)


def test_the_machine_suggests_how_to_divide_and_changes_nothing(make, work):
    campaign, author = make.campaign(), make.citizen()
    ideas = [
        make.idea(campaign, author, title=title, body=f"{title}에 대한 제안입니다.")
        for subject in SUBJECTS
        for title in subject
    ]
    theme = make.theme(campaign, ideas)
    job_id = start_split_suggestion(theme, make.analyst()).id
    assert start_split_suggestion(theme, make.analyst()).id == job_id
    before = whole(theme)
    assert work() == [JobState.DONE]
    groups = db.session.get_one(Job, job_id).result["groups"]
    assert len(groups) > 1
    found = [key for group in groups for key in group["idea_ids"]]
    assert len(found) == len(set(found))
    assert set(found) <= set(members(theme))
    assert whole(theme) == before


ACTS = {
    "edit": lambda s: edit_theme(s.theme, s.analyst, "새 이름", "새 요약", s.theme.version),
    "put": lambda s: add_ideas(s.theme, [s.idea.id], s.analyst, s.theme.version),
    "take out": lambda s: remove_ideas(s.theme, s.ids[:2], s.analyst, s.theme.version),
    "move": lambda s: move_ideas(s.theme, s.other, s.ids[:2], s.analyst, s.theme.version),
    "merge": lambda s: merge_themes(s.theme, s.other, s.analyst, s.theme.version, s.other.version),
    "split": lambda s: split_theme(s.theme, [SplitPart("조각", tuple(s.ids[:1]))], s.analyst, s.theme.version),
    "approve": lambda s: decide_theme(s.theme, s.analyst, ThemeState.APPROVED, "", s.theme.version),
    "reject": lambda s: decide_theme(s.theme, s.analyst, ThemeState.REJECTED, "까닭", s.theme.version),
    "out of scope": lambda s: decide_theme(s.theme, s.analyst, ThemeState.OUT_OF_SCOPE, "까닭", s.theme.version),
}


class Scene:
    def __init__(self, make, pair):
        self.theme, self.other = pair
        self.analyst, self.ids = make.analyst(), list(members(self.theme))
        self.idea = make.idea(self.theme.campaign)


@pytest.mark.parametrize("name", ACTS)
def test_every_act_is_undone_to_the_last_field_and_audited_both_ways(make, pair, name):
    scene = Scene(make, pair)
    before = [whole(theme) for theme in pair]
    ACTS[name](scene)
    db.session.flush()
    assert [whole(theme) for theme in pair] != before
    undo_edit(last_edit(), make.analyst())
    db.session.expire_all()
    assert [whole(theme) for theme in pair] == before
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    undone = [entry for entry in entries if entry.action == "themes.undo"]
    done = [entry for entry in entries if entry.action != "themes.undo"]
    assert {entry.subject_id for entry in undone} == {entry.subject_id for entry in done}
    for entry in entries:
        assert entry.before
        assert entry.after["act_id"] == last_edit().id
    with pytest.raises(WrongState, match="이미 되돌린"):
        undo_edit(last_edit(), scene.analyst)


def test_an_undone_adoption_frees_its_cluster(make):
    run, analyst = make.run(), make.analyst()
    theme = adopt_cluster(run.clusters[0], analyst, "성급한 이름")
    undo_edit(last_edit(), analyst)
    assert (theme.state, theme.cluster_id, members(theme)) == (ThemeState.UNMADE, None, {})
    assert adopt_cluster(run.clusters[0], analyst, "다시").state is ThemeState.DRAFT


def test_the_newest_act_goes_first_and_the_refusal_names_it(make, pair):
    theme, other = pair
    analyst = make.analyst(display_name="다온")
    first, second = list(members(theme))[:2]
    move_ideas(theme, other, [first], analyst, theme.version)
    older = last_edit()
    edit_theme(other, analyst, "나중 이름", "", other.version)
    with pytest.raises(WrongState, match=r"먼저 그 일부터.*‘나중 이름’으로.*다온"):
        undo_edit(older, analyst)
    undo_edit(last_edit(), analyst)
    undo_edit(older, analyst)
    assert set(members(theme)) >= {first, second}


def test_an_act_on_another_theme_stands_in_nobodys_way(make, pair):
    theme, other = pair
    analyst = make.analyst()
    edit_theme(theme, analyst, "이름 하나", "", theme.version)
    older = last_edit()
    edit_theme(other, analyst, "이름 둘", "", other.version)
    undo_edit(older, analyst)
    assert [row.is_next for row in edits_of(theme.campaign_id)] == [True, False]


def test_a_theme_that_was_sent_keeps_its_members_its_words_and_its_decision(make):
    analyst, theme = make.analyst(), make.theme()
    decide_theme(theme, analyst, ThemeState.APPROVED, "", theme.version)
    approval = last_edit()
    make.referral(theme)
    ids, other = list(members(theme)), make.theme(theme.campaign)
    acts = (
        lambda: edit_theme(theme, analyst, "다른 이름", "", theme.version),
        lambda: remove_ideas(theme, ids[:1], analyst, theme.version),
        lambda: move_ideas(theme, other, ids[:1], analyst, theme.version),
        lambda: move_ideas(other, theme, list(members(other))[:1], analyst, other.version),
        lambda: merge_themes(theme, other, analyst, theme.version, other.version),
        lambda: split_theme(theme, [SplitPart("조각", tuple(ids[:1]))], analyst, theme.version),
        lambda: reopen_theme(theme, analyst, theme.version),
        lambda: undo_edit(approval, analyst),
    )
    for act in acts:
        with pytest.raises(WrongState, match="소관부처에 전달"):
            act()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM theme_idea WHERE theme_id = :sent",
        "UPDATE theme_idea SET source = 'HUMAN' WHERE theme_id = :sent",
        "UPDATE theme SET state = 'DRAFT' WHERE id = :sent",
        "UPDATE theme SET state = 'MERGED' WHERE id = :draft",
        "UPDATE theme SET merged_into_id = id, state = 'MERGED' WHERE id = :draft",
        "UPDATE theme SET state = 'OUT_OF_SCOPE', decision_reason = '' WHERE id = :draft",
        "UPDATE theme_act SET undone_at = CURRENT_TIMESTAMP",
    ],
)
def test_the_database_refuses_what_must_never_be(make, statement):
    sent, draft = make.theme(state=ThemeState.APPROVED), make.theme()
    edit_theme(draft, make.analyst(), "새 이름", "", draft.version)
    make.referral(sent)
    db.session.commit()
    ids = {"sent": sent.id, "draft": draft.id}
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.text(statement), {name: key for name, key in ids.items() if f":{name}" in statement})
