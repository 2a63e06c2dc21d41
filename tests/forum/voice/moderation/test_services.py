from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from forum.administration.operations.queries import recount
from forum.analysis.themes.queries import theme_ideas, vote_sums
from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.publication.tracking.queries import campaign_counts, comments_page, votes_by
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail
from forum.voice.ideas.models import Comment, CommentOriginal, CommentState, Idea, IdeaOriginal, IdeaState
from forum.voice.ideas.queries import Filters, get_idea, idea_page
from forum.voice.ideas.search import similar_ideas
from forum.voice.ideas.services import add_comment, edit_idea, withdraw_idea
from forum.voice.moderation.models import AppealDecision, Hiding, Reason, Report, ShowReason
from forum.voice.moderation.queries import held_texts, latest_hidings, public_record, queue, reports_on
from forum.voice.moderation.services import (
    appeal,
    decide_appeal,
    dismiss_reports,
    hide,
    hold,
    report,
    restore,
    reveal,
)
from forum.voice.votes.services import cast_votes
from tests.races import at_once


def rule_value(model) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def is_clean() -> bool:
    """`flask forum check` finds nothing."""
    wrong = [(finding.name, finding.differences) for finding in recount() if finding.differences]
    assert wrong == []
    return True


# reporting


def test_one_person_reports_a_thing_once(make):
    idea, citizen = make.idea(), make.citizen()
    report(idea, citizen, "SPAM", "같은 광고입니다")
    with pytest.raises(WrongState, match="이미 신고"):
        report(idea, citizen, "ABUSE")


def test_the_database_refuses_a_second_report_by_the_same_person(make):
    idea, citizen = make.idea(), make.citizen()
    make.report(idea, citizen)
    with pytest.raises(sa.exc.IntegrityError):
        make.report(idea, citizen)
    db.session.rollback()


def test_a_report_needs_a_reason_of_the_list(make):
    for reason in ("", "BORING", "spam"):
        with pytest.raises(InvalidInput):
            report(make.idea(), make.citizen(), reason)


def test_nobody_reports_their_own_words(make):
    author = make.citizen()
    with pytest.raises(Forbidden):
        report(make.idea(author=author), author, "SPAM")


def test_a_day_holds_so_many_reports_and_no_more(app, make, monkeypatch):
    monkeypatch.setitem(app.config, "REPORTS_PER_DAY", 2)
    citizen = make.citizen()
    report(make.idea(), citizen, "SPAM")
    report(make.comment(), citizen, "SPAM")
    with pytest.raises(WrongState, match="오늘은"):
        report(make.idea(), citizen, "SPAM")


def test_the_days_limit_holds_for_reports_at_once(app, make, monkeypatch):
    monkeypatch.setitem(app.config, "REPORTS_PER_DAY", 3)
    citizen, ids = make.citizen(), [make.idea().id for _ in range(6)]
    citizen_id = citizen.id

    def reporting(idea_id: int) -> Callable[[], object]:
        return lambda: report(db.session.get_one(Idea, idea_id), db.session.get_one(Account, citizen_id), "SPAM")

    results = at_once(app, [reporting(idea_id) for idea_id in ids])
    assert rule_value(Report) == 3
    assert sum(isinstance(result, WrongState) for result in results) == 3


def test_a_phone_number_in_a_report_is_masked_too(make):
    assert "5678" not in report(make.idea(), make.citizen(), "PERSONAL_DATA", "010-1234-5678 이 보여요").words


def test_the_queue_counts_people_and_puts_the_most_reported_first(make):
    twice, once, comment = make.idea(), make.idea(), make.comment()
    for content, n in ((once, 1), (twice, 2), (comment, 3)):
        for _ in range(n):
            make.report(content)
    make.report(twice, reason=Reason.ABUSE)
    assert [case.reporters for case in queue()] == [3, 3, 1]
    assert queue()[-1].id == once.id


def test_many_reports_hide_nothing_by_themselves(make):
    idea = make.idea()
    for _ in range(25):
        make.report(idea)
    assert idea.state is IdeaState.OPEN


def test_what_staff_left_leaves_the_queue_and_goes_on_record(make):
    idea, analyst = make.idea(), make.analyst()
    make.report(idea)
    assert dismiss_reports(idea, analyst) == 1
    assert queue() == []
    assert db.session.scalars(sa.select(AuditEntry.action)).all() == ["moderation.leave"]


# hiding


def test_a_hidden_idea_leaves_every_place_and_comes_back_to_all(make):
    campaign, voter, author = make.campaign(), make.citizen(), make.citizen()
    idea, other = make.idea(campaign, author), make.idea(campaign)
    make.vote(idea, voter)
    theme = make.theme(campaign, [idea, other], run_id=make.run(campaign, [[idea, other]]).id)

    def seen() -> list[bool]:
        return [
            idea in idea_page(campaign, Filters(), "", 20).ideas,
            idea in idea_page(campaign, Filters(search="태양광"), "", 20).ideas,
            idea.id in [idea_id for idea_id, _score in similar_ideas(campaign.id, idea.title, idea.body)],
            campaign_counts(campaign).ideas == 2,
            campaign_counts(campaign).votes == 1,
            idea.id in [member.idea_id for member in theme_ideas(theme)[0]],
            vote_sums([theme.id])[theme.id].agree == 1,
            [voted for _value, voted in votes_by(voter.participant.id, "", 20).votes] == [idea],
        ]

    assert all(seen())
    hide(idea, make.analyst(), "SPAM")
    assert not any(seen())
    with pytest.raises(NotFound):
        get_idea(idea.id)
    with pytest.raises(NotFound):
        get_idea(idea.id, voter)
    assert get_idea(idea.id, author) is idea
    assert is_clean()
    restore(idea, make.admin(), "MISTAKE")
    assert all(seen())
    assert is_clean()


def test_no_list_can_be_talked_into_showing_what_is_hidden(make):
    campaign = make.campaign()
    make.hiding(make.idea(campaign))
    filters = Filters.parse({"state": "HIDDEN"})
    assert filters.state is IdeaState.OPEN
    assert idea_page(campaign, filters, "", 20).ideas == []


def test_a_hidden_idea_is_not_analysed_and_in_no_digest(make):
    from forum.analysis.themes.services import open_idea_texts
    from forum.publication.digests.collecting.ideas import ideas_in
    from forum.publication.digests.kinds import Scope

    campaign = make.campaign()
    hidden, shown = make.idea(campaign), make.idea(campaign)
    hide(hidden, make.analyst(), "SPAM")
    db.session.commit()
    assert [idea.key for idea in open_idea_texts(campaign.id)[1]] == [shown.id]
    assert list(db.session.scalars(ideas_in(campaign.id, Scope()))) == [shown.id]


def test_a_hidden_comment_leaves_page_and_count_but_not_its_author(make):
    idea, author = make.idea(), make.citizen()
    comment, other = make.comment(idea, author), make.comment(idea)
    hide(comment, make.analyst(), "ABUSE")
    db.session.refresh(idea.tally)
    assert idea.tally.comments == 1
    assert comments_page(idea, None, 20).comments == [other]
    assert comments_page(idea, None, 20, make.citizen()).comments == [other]
    assert comments_page(idea, None, 20, author).comments == [other, comment]
    assert is_clean()
    restore(comment, make.admin(), "NO_LONGER")
    db.session.refresh(idea.tally)
    assert idea.tally.comments == 2
    assert is_clean()


def test_the_author_is_told_on_the_page_and_by_mail_without_the_words(make):
    author = make.citizen()
    idea = make.idea(author=author)
    hiding = hide(idea, make.analyst(), "OFF_TOPIC")
    notice, mail = db.session.scalars(sa.select(Notice)).one(), db.session.scalars(sa.select(OutboxMail)).one()
    assert (notice.account_id, mail.recipient) == (author.id, author.email)
    assert notice.path == f"/moderation/hidings/{hiding.id}"
    assert f"/moderation/hidings/{hiding.id}" in mail.body
    assert Reason.OFF_TOPIC.label in mail.body
    assert idea.title not in mail.body + notice.text


def test_an_imported_idea_can_be_hidden_and_nobody_is_told(make):
    hide(make.idea(external_id="X"), SYSTEM, "SPAM")
    assert rule_value(Notice) == rule_value(OutboxMail) == 0
    assert is_clean()


def test_every_staff_act_is_on_record_in_codes(make):
    author, analyst, admin = make.citizen(), make.analyst(), make.admin()
    idea = make.idea(author=author)
    hiding = hide(idea, analyst, "SPAM")
    appeal(hiding, author, "광고가 아닙니다 제 생각입니다")
    decide_appeal(hiding, admin, "SHOWN", "다시 읽어 보니 광고가 아닙니다")
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["moderation.hide", "moderation.decide_appeal", "moderation.show"]
    assert not [entry for entry in entries if "광고" in str(entry.after) or idea.title in str(entry.after)]


def test_hiding_twice_is_refused_also_by_the_database(make):
    idea = make.idea()
    hide(idea, make.analyst(), "SPAM")
    with pytest.raises(WrongState):
        hide(idea, make.admin(), "ABUSE")
    db.session.flush()
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(
            sa.insert(Hiding).values(text_kind="idea", text_id=idea.id, reason=Reason.SPAM, state_before="OPEN")
        )
    db.session.rollback()


def test_two_members_of_staff_at_once_hide_it_once(app, make):
    idea_id, ids = make.idea().id, [make.analyst().id, make.admin().id]

    def hiding(account_id: int) -> Callable[[], object]:
        return lambda: hide(db.session.get_one(Idea, idea_id), db.session.get_one(Account, account_id), "SPAM")

    results = at_once(app, [hiding(account_id) for account_id in ids])
    assert sum(isinstance(result, WrongState) for result in results) == 1
    assert rule_value(Hiding) == 1
    assert is_clean()


def test_a_vote_and_a_hiding_at_once_leave_a_true_tally(app, make):
    idea_id, voter_id, analyst_id = make.idea().id, make.citizen().id, make.analyst().id
    results = at_once(
        app,
        [
            lambda: cast_votes({idea_id: 1}, db.session.get_one(Account, voter_id)),
            lambda: hide(db.session.get_one(Idea, idea_id), db.session.get_one(Account, analyst_id), "SPAM"),
        ],
    )
    assert results[1] is None
    assert db.session.get_one(Idea, idea_id).state is IdeaState.HIDDEN
    assert is_clean()


@pytest.mark.parametrize("state", [IdeaState.OPEN, IdeaState.WITHDRAWN])
def test_it_goes_back_to_what_it_was(make, state):
    idea = make.idea(state=state)
    hide(idea, make.analyst(), "SPAM")
    restore(idea, make.admin(), "MISTAKE")
    assert idea.state is state


def test_a_merged_idea_remembers_where_it_was_merged(make):
    target = make.idea()
    idea = make.idea(state=IdeaState.MERGED, merged_into_id=target.id)
    hide(idea, make.analyst(), "SPAM")
    assert (idea.state, idea.merged_into_id) == (IdeaState.HIDDEN, None)
    restore(idea, make.admin(), "MISTAKE")
    assert (idea.state, idea.merged_into_id) == (IdeaState.MERGED, target.id)
    assert is_clean()


def test_its_target_may_have_been_merged_on_meanwhile(make):
    last = make.idea()
    target = make.idea(last.campaign)
    idea = make.idea(state=IdeaState.MERGED, merged_into_id=target.id)
    hide(idea, make.analyst(), "SPAM")
    target.state, target.merged_into_id = IdeaState.MERGED, last.id
    db.session.flush()
    restore(idea, make.admin(), "MISTAKE")
    assert idea.merged_into_id == last.id
    assert is_clean()


def test_its_target_may_even_have_been_merged_into_it(make):
    target = make.idea()
    idea = make.idea(state=IdeaState.MERGED, merged_into_id=target.id)
    hide(idea, make.analyst(), "SPAM")
    target.state, target.merged_into_id = IdeaState.MERGED, idea.id
    db.session.flush()
    restore(idea, make.admin(), "MISTAKE")
    assert (idea.state, idea.merged_into_id) == (IdeaState.OPEN, None)


def test_a_childs_words_wait_for_the_guardian_before_they_are_shown_again(make):
    author = make.citizen()
    idea = make.idea(author=author)
    hide(idea, make.analyst(), "SPAM")
    author.waits_for_consent, author.needs_consent_until = True, clock.today()
    db.session.flush()
    with pytest.raises(WrongState, match="보호자"):
        restore(idea, make.admin(), "MISTAKE")


def test_nothing_is_done_to_a_hidden_idea(make):
    author = make.citizen()
    idea = make.idea(author=author)
    hide(idea, make.analyst(), "SPAM")
    with pytest.raises(Forbidden):
        withdraw_idea(idea, author)
    with pytest.raises(NotFound):
        cast_votes({idea.id: 1}, make.citizen())
    with pytest.raises(WrongState):
        add_comment(idea, make.citizen(), "댓글")
    with pytest.raises(WrongState):
        report(idea, make.citizen(), "SPAM")


# appeals


def hidden_by(make, analyst, author) -> Hiding:
    return hide(make.idea(author=author), analyst, "SPAM")


def test_an_author_appeals_once(make):
    author = make.citizen()
    hiding = hidden_by(make, make.analyst(), author)
    appeal(hiding, author, "광고가 아니라 제 생각입니다")
    with pytest.raises(WrongState, match="한 번만"):
        appeal(hiding, author, "다시 한번 봐 주세요")
    with pytest.raises(Forbidden):
        appeal(hiding, make.citizen(), "남의 글이지만 이의 있습니다")


def test_somebody_else_than_who_hid_it_decides(make):
    author, analyst, admin = make.citizen(), make.analyst(), make.admin()
    hiding = hidden_by(make, analyst, author)
    appeal(hiding, author, "광고가 아니라 제 생각입니다")
    with pytest.raises(Forbidden, match="다른 운영진"):
        decide_appeal(hiding, analyst, "KEPT", "그대로 둡니다")
    decide_appeal(hiding, admin, "KEPT", "상품 이름이 되풀이됩니다")
    assert hiding.appeal_decision is AppealDecision.KEPT
    assert hiding.text.state is IdeaState.HIDDEN
    with pytest.raises(WrongState):
        decide_appeal(hiding, admin, "SHOWN", "마음이 바뀌었습니다")


def test_the_only_moderator_there_is_decides_alone(make):
    author, analyst = make.citizen(), make.analyst()
    make.analyst(active=False)
    hiding = hidden_by(make, analyst, author)
    appeal(hiding, author, "광고가 아니라 제 생각입니다")
    decide_appeal(hiding, analyst, "SHOWN", "다시 읽어 보니 맞습니다")
    assert hiding.text.state is IdeaState.OPEN
    assert hiding.lift_reason is ShowReason.APPEAL


def test_what_is_appealed_is_not_shown_behind_the_deciders_back(make):
    author, analyst = make.citizen(), make.analyst()
    hiding = hidden_by(make, analyst, author)
    appeal(hiding, author, "광고가 아니라 제 생각입니다")
    with pytest.raises(WrongState, match="이의를 먼저"):
        restore(hiding.text, analyst, "MISTAKE")


def test_a_later_hiding_may_be_appealed_again(make):
    author, analyst, admin = make.citizen(), make.analyst(), make.admin()
    hiding = hidden_by(make, analyst, author)
    appeal(hiding, author, "광고가 아니라 제 생각입니다")
    decide_appeal(hiding, admin, "SHOWN", "맞습니다")
    appeal(hide(hiding.text, analyst, "ABUSE"), author, "욕설이 없습니다")
    assert is_clean()


def test_the_author_hears_how_it_ended(make, work, outbox):
    author, admin = make.citizen(), make.admin()
    hiding = hidden_by(make, make.analyst(), author)
    appeal(hiding, author, "광고가 아니라 제 생각입니다")
    decide_appeal(hiding, admin, "KEPT", "상품 이름이 되풀이됩니다")
    work()
    assert [mail for mail in outbox() if "계속 숨기기로 했어요" in mail]


# personal data and the public record


def test_the_words_as_typed_are_read_with_a_reason_that_goes_on_record(make):
    idea, analyst = make.idea(body="전화 ***-****-****"), make.analyst()
    db.session.add(IdeaOriginal(idea_id=idea.id, title=idea.title, body="전화 010-1234-5678"))
    db.session.flush()
    with pytest.raises(InvalidInput):
        reveal(idea, analyst, "음")
    assert reveal(idea, analyst, "신고 내용을 확인하려고").body == "전화 010-1234-5678"
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert entry.action == "moderation.reveal"
    assert "5678" not in str(entry.after)
    assert "신고" not in str(entry.after)
    with pytest.raises(Forbidden):
        reveal(idea, make.officer(), "궁금해서 보고 싶습니다")


def test_a_comments_original_too_and_where_there_is_none_it_says_so(make):
    comment, analyst = make.comment(), make.analyst()
    with pytest.raises(WrongState):
        reveal(comment, analyst, "신고 내용을 확인하려고")
    db.session.add(CommentOriginal(comment_id=comment.id, body="010-1234-5678"))
    db.session.flush()
    assert reveal(comment, analyst, "신고 내용을 확인하려고").body == "010-1234-5678"


def test_the_public_record_counts_by_month_and_reason(make):
    author, analyst, admin = make.citizen(), make.analyst(), make.admin()
    hiding = hidden_by(make, analyst, author)
    appeal(hiding, author, "광고가 아니라 제 생각입니다")
    decide_appeal(hiding, admin, "SHOWN", "맞습니다")
    hide(make.comment(), analyst, "SPAM")
    hide(make.idea(), analyst, "ABUSE")
    rows = public_record()
    assert [(row.reason, row.hidden, row.appealed, row.accepted, row.shown) for row in rows] == [
        (Reason.ABUSE, 1, 0, 0, 0),
        (Reason.SPAM, 2, 1, 1, 1),
    ]


def test_hiding_settles_the_reports(make):
    idea = make.idea()
    make.report(idea)
    hide(idea, make.analyst(), "SPAM")
    assert reports_on(idea) == []
    assert queue() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"text_kind": "comment"},
        {"text_kind": "sentence"},
        {"text_id": 999_999},
        {"state_before": None},
        {"state_before": ""},
        {"state_before": "HIDDEN"},
        {"is_held": True, "appeal_text": "왜요", "appealed_at": clock.now()},
        {"lift_reason": ShowReason.MISTAKE},
        {"appeal_text": "말만 있고 때가 없다"},
        {"appeal_decision": AppealDecision.KEPT},
    ],
)
def test_the_database_refuses_a_hiding_that_contradicts_itself(make, wrong):
    idea = make.idea()
    row = {"text_kind": "idea", "text_id": idea.id, "reason": Reason.SPAM, "state_before": "OPEN"} | wrong
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.insert(Hiding).values(row))
    db.session.rollback()


def test_the_check_finds_a_hidden_thing_without_a_reason(make):
    make.idea(state=IdeaState.HIDDEN)
    make.comment(state=CommentState.HIDDEN).idea.tally.comments = 0
    db.session.flush()
    found = {finding.name: finding.differences for finding in recount()}
    assert len(found["숨긴 글과 숨긴 까닭"]) == 2
    assert rule_value(Comment) == 1


# what the moderator has read


def test_words_edited_since_the_moderator_read_them_are_not_hidden(make):
    author = make.citizen()
    idea = make.idea(author=author)
    edit_idea(idea, author, "새 제목", "얌전한 새 글")
    with pytest.raises(WrongState, match="그사이에 글을 고쳤어요"):
        hide(idea, make.analyst(), "ABUSE", seen_revision=1)
    assert hide(idea, make.analyst(), "ABUSE", seen_revision=2).is_open


def test_leaving_a_text_settles_only_the_reports_that_were_read(make):
    idea = make.idea()
    seen, later = make.report(idea), make.report(idea)
    assert dismiss_reports(idea, make.analyst(), seen_report_id=seen.id) == 1
    assert [one.id for one in reports_on(idea)] == [later.id]


# texts that the program holds


def test_a_held_text_is_hidden_the_author_hears_of_it_and_a_moderator_sees_it(make):
    author = make.citizen()
    idea = make.idea(author=author)
    hiding = hold(idea)
    assert (idea.state, hiding.is_held, hiding.hidden_by_id) == (IdeaState.HIDDEN, True, None)
    assert held_texts() == [hiding]
    assert latest_hidings() == []
    (notice,) = db.session.scalars(sa.select(Notice)).all()
    assert "읽어 본 뒤에 공개해요" in notice.text
    assert is_clean()


def test_a_moderator_shows_a_held_text_and_the_record_does_not_count_it(make):
    idea, analyst = make.idea(), make.analyst()
    hold(idea)
    restore(idea, analyst, "CHECKED")
    assert (idea.state, held_texts(), public_record()) == (IdeaState.OPEN, [], [])
    newest = db.session.scalars(sa.select(Notice).order_by(Notice.id.desc())).first()
    assert newest.text == "운영진이 읽어 보고 내 제안을 공개했어요."
    assert is_clean()


def test_a_moderator_keeps_a_held_text_hidden_and_the_author_may_appeal_then(make):
    author, analyst = make.citizen(), make.analyst()
    idea = make.idea(author=author)
    hiding = hold(idea)
    with pytest.raises(WrongState, match="아직 읽지 않은"):
        appeal(hiding, author, "왜 안 보이나요")
    assert hide(idea, analyst, "SPAM") is hiding
    assert (hiding.is_held, hiding.hidden_by_id) == (False, analyst.id)
    assert [row.hidden for row in public_record()] == [1]
    appeal(hiding, author, "광고가 아닙니다")
    with pytest.raises(WrongState, match="이미 숨긴"):
        hide(idea, make.admin(), "SPAM")
    assert is_clean()
