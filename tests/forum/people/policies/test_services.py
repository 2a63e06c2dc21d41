from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from forum.administration.operations.checks import policies
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.people.accounts.services import add_account
from forum.people.policies.models import PolicyAgreement, PolicyKind, PolicyVersion
from forum.people.policies.queries import current_policies, current_policy, editions, get_policy, outdated_policies
from forum.people.policies.services import agree, publish_shipped, publish_version
from forum.people.signin.services import register_account
from forum.system.audit.models import AuditEntry
from tests.factories import AGREED
from tests.races import at_once

PERSON = {"email": "haeun@example.org", "display_name": "하은", "password": "바다가보이는우리학교", "birth_year": 2009}
FIRST = {PolicyKind.CONSENT: 1, PolicyKind.TERMS: 1}
WORDS = {"title": "이용약관", "text": "## 새 약속\n\n서로 존중합니다.", "change_note": "약속을 더했습니다"}


def agreements(account: Account) -> set[tuple[str, int]]:
    rows = db.session.scalars(sa.select(PolicyAgreement).where(PolicyAgreement.account_id == account.id))
    return {(row.kind.name, row.version) for row in rows}


@pytest.fixture
def admin(make):
    publish_shipped()
    return make.admin()


def test_setup_stores_the_shipped_texts_once(app):
    assert publish_shipped() == len(PolicyKind)
    assert publish_shipped() == 0
    assert {policy.version for policy in current_policies(list(PolicyKind)).values()} == {1}


def test_registering_records_which_versions_were_agreed_to(app):
    register_account(**PERSON, **AGREED)
    account = db.session.scalars(sa.select(Account)).one()
    assert agreements(account) == {("CONSENT", 1), ("TERMS", 1)}
    assert not account.must_agree


@pytest.mark.parametrize("box", list(AGREED))
@pytest.mark.parametrize("version", [None, 2, 0])
def test_nobody_registers_without_agreeing_to_the_present_versions(app, box, version):
    with pytest.raises(InvalidInput) as refused:
        register_account(**PERSON, **(AGREED | {box: version}))
    assert list(refused.value.errors) == [box]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Account)) == 0


def test_a_region_is_stored_only_with_its_own_agreement(app):
    with pytest.raises(InvalidInput) as refused:
        register_account(**PERSON, **AGREED, region_code="11")
    assert list(refused.value.errors) == ["agree_region"]


def test_a_new_version_of_the_terms_asks_everybody_again(make, admin):
    citizen = make.citizen()
    publish_version(PolicyKind.TERMS, admin, 1, **WORDS)
    db.session.expire_all()
    assert citizen.must_agree
    assert admin.must_agree
    agree(citizen, citizen, FIRST | {PolicyKind.TERMS: 2})
    assert agreements(citizen) == {("CONSENT", 1), ("TERMS", 2)}
    assert not citizen.must_agree


def test_a_new_version_of_the_help_page_asks_nobody(make, admin):
    citizen = make.citizen()
    publish_version(PolicyKind.GUIDE, admin, 1, **WORDS)
    db.session.expire_all()
    assert not citizen.must_agree


def test_who_agreed_to_the_version_before_has_to_read_the_new_one(make, admin):
    citizen = make.citizen(must_agree=True)
    publish_version(PolicyKind.TERMS, admin, 1, **WORDS)
    with pytest.raises(InvalidInput) as refused:
        agree(citizen, citizen, FIRST)
    assert list(refused.value.errors) == ["agree_terms"]
    assert agreements(citizen) == set()


def test_nobody_agrees_for_somebody_else(make, admin):
    with pytest.raises(Forbidden):
        agree(make.citizen(must_agree=True), admin, FIRST)


def test_earlier_versions_stay_and_the_audit_vouches_for_each(make, admin):
    publish_version(PolicyKind.TERMS, admin, 1, **WORDS)
    assert current_policy(PolicyKind.TERMS).text == WORDS["text"]
    assert "자동 분석" in get_policy(PolicyKind.TERMS, 1).text
    assert [(edition.version, edition.change_note) for edition in editions(PolicyKind.TERMS)] == [
        (2, WORDS["change_note"]),
        (1, ""),
    ]
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.actor_id, entry.after["version"]) == ("policies.publish", admin.id, 2)
    assert entry.after["facts"]["policy_version"]
    assert WORDS["text"] not in str(entry.after)


def test_of_two_admins_who_write_at_once_the_second_sees_the_new_version_first(make, admin):
    publish_version(PolicyKind.TERMS, admin, 1, **WORDS)
    with pytest.raises(WrongState, match="다른 판"):
        publish_version(PolicyKind.TERMS, make.admin(), 1, **WORDS)


def test_two_admins_publish_at_once_and_one_is_late(app, make, admin):
    ids = [admin.id, make.admin().id]

    def publish(account_id: int) -> None:
        publish_version(PolicyKind.TERMS, db.session.get(Account, account_id), 1, **WORDS)

    results = at_once(app, [partial(publish, account_id) for account_id in ids])
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "WrongState"]
    assert current_policy(PolicyKind.TERMS).version == 2


def test_who_registers_or_agrees_while_a_version_comes_is_asked_about_it(app, make, admin):
    """Whoever is first, nobody counts as agreed who has not seen the version that is in force afterwards."""
    citizen_id, admin_id = make.citizen(must_agree=True).id, admin.id

    def publish() -> None:
        publish_version(PolicyKind.TERMS, db.session.get(Account, admin_id), 1, **WORDS)

    def agree_to_the_first() -> None:
        account = db.session.get(Account, citizen_id)
        agree(account, account, FIRST)

    results = at_once(app, [publish, agree_to_the_first, lambda: register_account(**PERSON, **AGREED)])
    assert results[0] is None
    assert {type(result).__name__ for result in results[1:]} <= {"NoneType", "InvalidInput"}
    assert all(db.session.scalars(sa.select(Account.must_agree)))


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMIN, Role.SYSTEM}])
def test_only_admins_write_versions(make, role):
    with pytest.raises(Forbidden):
        publish_version(PolicyKind.TERMS, make.actor(role), 1, **WORDS)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PolicyVersion)) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", " "), ("text", ""), ("text", "{{SECRET_KEY}}"), ("text", "번호 900101-1234567"), ("change_note", "")],
)
def test_a_text_that_cannot_be_published_is_refused_at_its_field(admin, field, value):
    with pytest.raises(InvalidInput) as refused:
        publish_version(PolicyKind.TERMS, admin, 1, **(WORDS | {field: value}))
    assert list(refused.value.errors) == [field]


def test_staff_whom_a_command_adds_are_asked_and_invented_people_are_not(app):
    assert add_account("real@example.org", "온마루", "바다가보이는우리학교옥상정원에서", role=Role.ADMIN).must_agree
    assert not add_account("made@sample.invalid", "다온", None, is_sample=True).must_agree


def test_a_published_version_says_the_same_after_a_setting_changed_and_check_names_it(app, client, monkeypatch):
    publish_shipped()
    db.session.commit()
    before = current_policies([PolicyKind.PRIVACY])[PolicyKind.PRIVACY].shown_text
    assert f"{app.config['DRAFT_DAYS']}일까지" in before
    assert outdated_policies() == []
    monkeypatch.setitem(app.config, "DRAFT_DAYS", 31)
    page = client.get("/policies/privacy").text
    assert "31일까지" not in page
    assert {one.kind for one in outdated_policies()} == {PolicyKind.PRIVACY, PolicyKind.GUIDE}
    assert sum("설정이 바뀌었습니다" in line for line in policies().differences) == 2
