"""`flask forum check` finds what somebody with the keys of the database wrote past the services."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.administration.operations.checks import participant_counts, recorded_rows
from forum.administration.operations.queries import recount
from forum.administration.operations.services import accept_rows, prepare_database
from forum.analysis.curation.models import RecordedEdit
from forum.analysis.curation.services import adopt_cluster, decide_theme, reopen_theme, undo_edit
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import ANONYMOUS, SYSTEM, Role
from forum.core.errors import Forbidden, InvalidInput
from forum.core.extensions import db
from forum.people.accounts.models import Account, RoleGrant
from forum.people.accounts.services import grant_role, revoke_role
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.services import start_digest
from forum.publication.representation.models import Dimension, ParticipantCount
from forum.response.answers.services import approve_answer, save_draft, submit_draft
from forum.response.answers.words import AnswerInput, MilestoneInput
from forum.response.certificates.models import Certificate, NameConsent
from forum.response.certificates.services import agree_to_be_named, take_name_back
from forum.response.certificates.tasks import issue_certificates
from forum.response.deadlines.tasks import keep_clocks
from forum.response.delivery.services import complete_delivery, update_milestone
from forum.response.referrals.models import Decision, EventType, FileKind, ReferralEvent, ReferralFile
from forum.response.referrals.services import acknowledge, forward_theme, transfer
from forum.system.audit.models import AuditEntry
from forum.system.audit.services import record_baseline
from forum.voice.campaigns.models import Campaign, CampaignKind
from forum.voice.campaigns.services import default_spans, edit_campaign, state_hash
from forum.voice.guardians.services import give_consent, request_consent, revoke_consent
from forum.voice.moderation.services import hide, hold, restore
from forum.web.uploads import check_upload
from tests.unguarded import switch_triggers_off, unguarded

FORGED = b"forged"
VALUES = {"bytes": FORGED, "hash": hashlib.sha256(FORGED).hexdigest(), "zeros": "0" * 64}


@pytest.fixture
def world(make, work):
    """A row of everything that only recorded acts change, and the audit vouches for all of it. Gives their ids."""
    campaign, admin = make.campaign(), make.admin()
    ideas = [make.idea(campaign) for _ in range(3)]
    older = make.run(campaign, [ideas[:2]], is_current=False)
    run = make.run(campaign, [ideas[:2]], [ideas[2]])
    theme = make.theme(campaign, ideas[:2], state=ThemeState.APPROVED, run_id=run.id)
    referral = make.referral(theme)
    officer = make.officer(make.received(referral).lead.ministry)
    promised = [MilestoneInput("시범 학교 고르기", clock.today() + timedelta(days=60))]
    points = {idea.id: "올해 하겠습니다." for idea in ideas[:2]}
    decided = dict.fromkeys(points, Decision.ACCEPTED)
    draft = AnswerInput(Decision.ACCEPTED, "하겠습니다.", "총괄과", promised, points, decided)
    answer = make.publish(referral, officer, draft)
    step = answer.milestones[0]
    update_milestone(step, officer, 100, "회의를 열었습니다", seen_percent=0)
    event = complete_delivery(referral, officer, answer.version)
    certificates = [
        Certificate(referral_id=referral.id, idea_id=idea.id, participant_id=idea.author_id, decision=Decision.ACCEPTED)
        for idea in ideas[:2]
    ]
    db.session.add_all(certificates)
    db.session.flush()
    file = ReferralFile(
        referral_id=referral.id,
        event_id=event.id,
        kind=FileKind.EVIDENCE,
        name="증빙.txt",
        media_type="text/plain",
        size_bytes=2,
        sha256=hashlib.sha256(b"ok").hexdigest(),
        content=b"ok",
        uploaded_by_id=answer.author_id,
    )
    named = NameConsent(certificate_id=certificates[0].id, account_id=ideas[0].author.account_id)
    db.session.add_all([file, named])
    hiding, hidden_comment = make.hiding(ideas[2]), make.hiding(make.comment(ideas[1]))
    child, waiting = make.child(waits_for_consent=False), make.child()
    make.snapshot(campaign, ideas[:2])
    make.slate(make.shortlist(campaign, ideas[:2], is_open=False), ideas[:2])
    start_digest(campaign, SYSTEM, DigestRequest(formats=("json",)))
    make.vouch()
    work()
    return {
        "admin": admin.id,
        "citizen": ideas[0].author.account_id,
        "other": ideas[2].author_id,
        "idea": ideas[2].id,
        "run": run.id,
        "older": older.id,
        "theme": theme.id,
        "referral": referral.id,
        "part": referral.lead.id,
        "ministry": make.ministry().id,
        "answer": answer.id,
        "step": step.id,
        "event": event.id,
        "file": file.id,
        "certificate": certificates[0].id,
        "second": certificates[1].id,
        "consent_to_name": named.id,
        "hiding": hiding.id,
        "hidden_comment": hidden_comment.id,
        "child": child.id,
        "waiting": waiting.id,
        "campaign": campaign.id,
        "now": clock.now().astimezone(clock.SEOUL).strftime("%Y-%m-%d %H:%M:%S"),
    }


def against_the_audit():
    return [f"{finding.name}: {line}" for finding in recorded_rows() for line in finding.differences]


def differences():
    return [f"{finding.name}: {line}" for finding in [*recount(), *recorded_rows()] for line in finding.differences]


PLANTED = (
    # part of the name of the check that finds it, and what somebody writes
    ("공개된 답변의 글", "UPDATE answer SET reason = '하지 않겠습니다.'"),
    ("공개된 답변의 글", "UPDATE answer SET contact_office = '다른 과'"),
    ("공개된 답변의 글", "UPDATE answer SET decision = 'PARTLY'"),
    ("공개된 답변의 글", "UPDATE answer SET approved_by_id = {admin}"),
    ("공개된 답변의 글", "UPDATE answer_point SET text = '내년에 하겠습니다.'"),
    ("공개된 답변의 글", "DELETE FROM answer_point"),
    ("약속한 이행 단계", "UPDATE milestone SET title = '아무것도 하지 않기'"),
    ("약속한 이행 단계", "UPDATE milestone SET due_on = '2099-01-01'"),
    ("약속한 이행 단계", "UPDATE milestone SET weight = 7"),
    (
        "약속한 이행 단계",
        "INSERT INTO milestone (answer_id, title, due_on, percent_done, is_closed, updated_at)"
        " VALUES ({answer}, '한 걸음 더', '2099-01-01', 0, false, '{now}')",
    ),
    (
        "완료한 이행의 단계",
        "UPDATE milestone SET percent_done = 40, is_closed = false, finished_on = NULL",
    ),
    ("글과 실린 제안", "UPDATE referral SET letter = '다른 글'"),
    ("글과 실린 제안", "UPDATE referral SET title = '다른 제목'"),
    ("글과 실린 제안", "UPDATE referral SET number = 9999"),
    ("글과 실린 제안", "UPDATE referral_idea SET body = '다른 제안'"),
    ("글과 실린 제안", "UPDATE referral_idea SET agree = 1000"),
    ("글과 실린 제안", "DELETE FROM referral_idea WHERE position = 2"),
    ("전달받은 부처", "UPDATE referral_part SET ministry_id = {ministry}"),
    ("전달 문서의 이력", "UPDATE referral_event SET reason = '다른 까닭' WHERE act = 'COMPLETED'"),
    (
        "전달 문서의 이력",
        "UPDATE referral_event SET until_on = '2099-01-01' WHERE act = 'SENT';"
        "UPDATE response_clock SET period_ends_on = '2099-01-01', due_on = '2099-01-02';"
        "UPDATE referral SET due_on = '2099-01-02'",
    ),
    ("전달 문서의 파일", "UPDATE referral_file SET content = :bytes, sha256 = :hash, size_bytes = 6"),
    ("전달 문서 파일의 해시", "UPDATE referral_file SET content = :bytes"),
    ("보고서와 파일", "UPDATE digest_file SET content = :bytes, sha256 = :hash, size_bytes = 6"),
    ("보고서와 파일", "UPDATE digest SET counts = '{{}}'"),
    ("보고서와 파일", "DELETE FROM digest_file"),
    (
        "역할을 주고",
        "INSERT INTO role_grant (account_id, role, can_approve_answers, granted_at)"
        " VALUES ({citizen}, 'ADMIN', false, '{now}')",
    ),
    ("역할을 주고", "UPDATE role_grant SET role = 'ANALYST' WHERE role = 'ADMIN'"),
    ("역할을 주고", "UPDATE role_grant SET can_approve_answers = true WHERE role = 'MINISTRY_OFFICER'"),
    ("역할을 주고", "UPDATE role_grant SET ministry_id = {ministry} WHERE role = 'MINISTRY_OFFICER'"),
    ("역할을 주고", "UPDATE role_grant SET revoked_at = '2099-01-01 00:00:00' WHERE role = 'ADMIN'"),
    ("역할을 주고", "DELETE FROM role_grant WHERE role = 'ADMIN'"),
    ("증서 (certificate)", "UPDATE certificate SET participant_id = {other} WHERE id = {certificate}"),
    ("증서 (certificate)", "UPDATE certificate SET idea_id = {idea} WHERE id = {certificate}"),
    ("증서 (certificate)", "UPDATE certificate SET id = 4711 WHERE id = {second}"),
    ("증서 (certificate)", "DELETE FROM certificate WHERE id = {second}"),
    ("증명하는 결정과 취소", "UPDATE certificate SET decision = 'PARTLY' WHERE id = {certificate}"),
    (
        "증명하는 결정과 취소",
        "UPDATE certificate SET revoked_at = '2099-01-01 00:00:00', revoked_reason = 'REPLACED' WHERE id = {second}",
    ),
    ("제안마다 한 결정", "UPDATE answer_point SET decision = 'PARTLY'"),
    ("증서에 이름", "UPDATE name_consent SET certificate_id = {second}"),
    ("증서에 이름", "UPDATE name_consent SET revoked_at = '2099-01-01 00:00:00'"),
    (
        "공개된 분석 회차",
        "UPDATE theme_run SET is_current = false WHERE id = {run};"
        "UPDATE theme_run SET is_current = true WHERE id = {older}",
    ),
    ("분석 회차와 묶음", "UPDATE cluster SET title = '다른 묶음' WHERE run_id = {run}"),
    ("끝난 공감대 회차", "UPDATE opinion_snapshot SET n_votes = 99"),
    ("끝난 공감대 회차", "UPDATE opinion_group SET apart = '[1]'"),
    ("포럼마다 공개된 공감대", "UPDATE opinion_snapshot SET is_current = false"),
    ("공감대 회차의 제안과 갈래", "DELETE FROM opinion_score"),
    ("공감대 회차의 제안과 갈래", "UPDATE opinion_group SET size = 8"),
    ("후보 투표와 그 제안", "UPDATE shortlist SET seed = '00000000000000000000000000000000'"),
    ("후보 투표와 그 제안", "UPDATE shortlist_idea SET position = 9 WHERE position = 2"),
    ("후보 투표와 그 제안", "DELETE FROM shortlist_idea WHERE position = 2"),
    ("고른 대표안과 검산표", "UPDATE slate SET proof = '{{}}'"),
    ("고른 대표안과 검산표", "UPDATE slate SET worst_by_approvals = 0.5"),
    ("대표안의 숫자와 검산표", "UPDATE slate SET proof = '{{}}'"),
    ("대표안의 숫자와 검산표", "UPDATE slate SET n_people = 6"),
    ("대표안의 숫자와 검산표", "UPDATE slate SET seen_all_share = 0.5"),
    ("대표안의 숫자와 검산표", "UPDATE slate SET standing = 'UNTOLD'"),
    ("대표안의 숫자와 검산표", "UPDATE shortlist SET size = 2"),
    ("정책 주제", "UPDATE theme SET title = '다른 주제'"),
    ("정책 주제", "UPDATE theme SET decided_by_id = {admin}"),
    ("정책 주제", "UPDATE theme SET decision_reason = '다른 까닭'"),
    (
        "글을 숨기고",
        "UPDATE hiding SET lifted_at = '2099-01-01 00:00:00', lift_reason = 'NO_LONGER' WHERE id = {hiding};"
        "UPDATE idea SET state = 'OPEN' WHERE id = {idea}",
    ),
    ("글을 숨기고", "UPDATE hiding SET hidden_by_id = {admin} WHERE id = {hidden_comment}"),
    ("보호자의 동의", "UPDATE guardian_consent SET given_at = '2020-01-01 00:00:00' WHERE account_id = {child}"),
    ("보호자의 동의", "UPDATE guardian_consent SET account_id = {waiting} WHERE account_id = {child}"),
    ("만 14세 미만", "UPDATE account SET needs_consent_until = NULL WHERE id = {child}"),
    ("만 14세 미만", "UPDATE account SET waits_for_consent = false WHERE id = {waiting}"),
    ("단계의 날짜", "UPDATE phase SET closes_at = '2099-01-01 00:00:00' WHERE kind = 'VOTING'"),
    ("단계의 날짜", "UPDATE campaign SET title = '다른 포럼'"),
)


RECOUNTS = {
    "공감대 회차의 제안과 갈래",
    "대표안의 숫자와 검산표",
    "완료한 이행의 단계",
    "전달 문서 파일의 해시",
    "만 14세 미만",
}


def table_of(statement):
    return statement.removeprefix("INSERT INTO ").removeprefix("DELETE FROM ").removeprefix("UPDATE ").split()[0]


def plant(statements):
    """Write past the services; the caller rolls back."""
    if db.engine.dialect.name == "sqlite":
        db.session.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
    for statement in statements.split(";"):
        switch_triggers_off(table_of(statement))
        bound = {name: value for name, value in VALUES.items() if f":{name}" in statement}
        db.session.execute(sa.text(statement), bound)


def test_each_row_that_was_changed_past_the_services_is_found(world):
    assert differences() == []
    db.session.commit()
    missed = []
    for check, statements in PLANTED:
        plant(statements.format(**world))
        found = against_the_audit() if check not in RECOUNTS else differences()
        if not any(check in line for line in found):
            missed.append((check, statements, found))
        db.session.rollback()
        db.session.expire_all()
    assert not missed


def test_a_certificate_that_the_answer_does_not_bear_out_is_found(make):
    """Unless the worker is about to revoke it: an answer that was published a moment ago is no difference yet."""
    answer = make.answer()
    db.session.commit()
    issue_certificates()
    officer = make.officer(answer.referral.lead.ministry)
    make.publish(answer.referral, officer, AnswerInput(Decision.LATER, "나중에 하겠습니다."), seen_version=1)
    db.session.commit()
    name = "효력이 있는 증서와 소관부처의 답변"
    assert [line for line in differences() if name in line] == []
    with clock.at(clock.now() + timedelta(hours=1)):
        assert ["받아들이지 않은 제안" in line for line in differences() if name in line] == [True]
        issue_certificates()
        assert [line for line in differences() if name in line] == []


def test_a_role_that_was_given_past_the_services_is_told_by_command(app, make):
    citizen_id = make.citizen().id
    record_baseline()
    db.session.commit()
    check = app.test_cli_runner().invoke
    assert check(args=["forum", "check"]).exit_code == 0
    with unguarded("role_grant") as connection:
        values = {"account_id": citizen_id, "role": Role.ADMIN, "can_approve_answers": False}
        connection.execute(sa.insert(RoleGrant).values(values))
    said = check(args=["forum", "check"])
    assert said.exit_code == 1
    assert "역할을 주고 거둔 일 (role_grant): 1건을 보았습니다. 다른 곳 1군데" in said.output
    assert "감사 기록에 없습니다" in said.output


def test_ordinary_acts_leave_nothing_to_find(world, make, work):
    """Each act that changes a row the audit vouches for says so: what the sample's story does not do already."""
    admin, analyst = db.session.get_one(Account, world["admin"]), make.analyst()
    first, ministry = make.ministry(), make.ministry()
    campaign = db.session.get_one(Campaign, world["campaign"])
    idea, other = (make.idea(campaign) for _ in range(2))
    comment, asked = make.comment(other), make.consent(make.child())
    away, approver, officer = make.officer(first), make.approver(ministry), make.officer(ministry)
    run = make.run(campaign, [[idea, other]], is_current=False)
    make.referral(make.theme(campaign, state=ThemeState.APPROVED))
    make.vouch()

    account = make.citizen()
    grant_role(account, Role.FACILITATOR, admin)
    grant_role(account, Role.MINISTRY_OFFICER, admin, ministry, can_approve_answers=True)
    revoke_role(account, admin)
    edit_campaign(campaign, admin, "새 제목", "", default_spans(CampaignKind.FORUM), state_hash(campaign))
    theme = adopt_cluster(run.clusters[0], analyst, "버스", f"버스를 늘립니다 [#{idea.id}].")
    decide_theme(theme, analyst, ThemeState.APPROVED, "", theme.version)
    reopen_theme(theme, analyst, theme.version)
    undo_edit(db.session.scalars(sa.select(RecordedEdit).order_by(RecordedEdit.id.desc())).first(), analyst)
    upload = check_upload("붙임.pdf", b"%PDF-1.7", "upload")
    referral = forward_theme(theme, analyst, first, upload=upload, version=theme.version)
    acknowledge(referral, away)
    transfer(referral, away, ministry, "다른 부처의 일입니다.")
    acknowledge(referral, officer)
    for version, decision in enumerate((Decision.PARTLY, Decision.ACCEPTED)):
        promised = [MilestoneInput("예산 세우기", clock.today() + timedelta(days=9))]
        draft = AnswerInput(decision, f"까닭 {version}", "총괄과", promised, {idea.id: "하겠습니다."})
        answer = save_draft(referral, officer, draft, seen_version=version)
        submit_draft(answer, officer, answer.revision)
        approve_answer(answer, approver, answer.revision)
        step = answer.milestones[0]
        update_milestone(step, officer, 40 + version, "회의를 열었습니다", seen_percent=step.percent_done)
    db.session.commit()
    for days in (20, 40):  # deemed received, then reminded
        with clock.at(clock.now() + timedelta(days=days)):
            keep_clocks()
    issue_certificates()
    certificate = db.session.scalars(sa.select(Certificate).where(Certificate.idea_id == idea.id)).one()
    agree_to_be_named(certificate, idea.author.account)
    take_name_back(certificate, idea.author.account)
    agree_to_be_named(certificate, idea.author.account)
    hide(comment, analyst, "SPAM")
    restore(comment, admin, "NO_LONGER")
    hold(comment)
    restore(comment, admin, "CHECKED")
    hold(comment)
    hide(comment, analyst, "SPAM")
    give_consent(asked, ANONYMOUS, "김보호", {})
    of_child = make.idea(campaign, author=asked.account)
    revoke_consent(asked, ANONYMOUS)
    hide(of_child, analyst, "SPAM")  # taken down already; a renewed consent amends what it will be again
    renewed = request_consent(asked.account, asked.account, "eomma@example.org")
    give_consent(renewed, ANONYMOUS, "김보호", {})
    revoke_consent(renewed, ANONYMOUS)
    start_digest(campaign, SYSTEM, DigestRequest(formats=("json", "csv")))
    work()
    delete_account(idea.author.account, idea.author.account, keep_posts=False)
    delete_account(asked.account, SYSTEM, keep_posts=False)
    db.session.commit()
    assert differences() == []
    kinds = db.session.scalars(sa.select(ReferralEvent.act).distinct()).all()
    assert {EventType.TRANSFERRED, EventType.DEEMED, EventType.REMINDED, EventType.REVISED} <= set(kinds)


def test_rows_from_before_are_recorded_once_by_setup(app, make):
    """A second setup does not take in what was written past the services since."""
    make.referral()
    assert any("아직 기준이 없습니다" in line for line in against_the_audit())
    db.session.commit()
    prepare_database()
    assert against_the_audit() == []
    campaign = make.campaign()
    db.session.commit()
    prepare_database()
    assert against_the_audit() == [
        f"감사 기록과 견줌, 포럼과 단계의 날짜 (campaign): {campaign.id}번: 감사 기록에 없습니다"
    ]
    entries = db.session.scalars(sa.select(AuditEntry.after).where(AuditEntry.action == "audit.baseline"))
    assert sum("kinds" in after for after in entries) == 1


def test_an_act_goes_before_a_baseline_that_was_written_meanwhile(app, make):
    """A baseline is written while people act, perhaps with what it read a moment before."""
    account, admin = make.citizen(), make.admin()
    make.vouch()
    grant = grant_role(account, Role.ANALYST, admin)
    stale = {"role_grant": {str(grant.id): "0" * 64}}
    db.session.add(
        AuditEntry(actor_role=Role.SYSTEM, action="audit.baseline", subject_type="forum", after={"facts": stale})
    )
    db.session.flush()
    assert against_the_audit() == []


def test_a_row_that_was_repaired_by_hand_is_accepted_on_record(world, make):
    admin, analyst = db.session.get_one(Account, world["admin"]), make.analyst()
    make.vouch()
    plant("UPDATE milestone SET title = '예산 세우기'")
    assert len(against_the_audit()) == 1
    for actor, code, reason in ((analyst, "milestone", "오타"), (admin, "none", "오타"), (admin, "milestone", " ")):
        with pytest.raises((Forbidden, InvalidInput)):
            accept_rows(actor, code, [world["step"]], reason)
    assert accept_rows(admin, "milestone", [world["step"], 4711], "오타를 고쳤습니다") == 1
    assert against_the_audit() == []
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "audit.accept")).one()
    assert (entry.actor_id, entry.after["kind"]) == (admin.id, "milestone")
    assert "오타" not in str(entry.after)


def test_participants_of_ages_that_do_not_match_the_regions_are_found(make):
    campaign = make.campaign()
    for dimension, people in ((Dimension.AGE, 7), (Dimension.REGION, 6)):
        db.session.add(ParticipantCount(campaign_id=campaign.id, dimension=dimension, code="", people=people))
    db.session.flush()
    finding = participant_counts()
    assert finding.n_checked == 1
    assert finding.differences == [f"포럼 {campaign.id}번: 나이와 지역의 참여자 수가 다릅니다"]
