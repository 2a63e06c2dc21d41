"""Create accounts, edit profiles, grant and revoke roles. Registration and sign-in are in `forum.people.signin`."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from flask_security.utils import hash_password

from forum.core import clock
from forum.core.access import SYSTEM, Actor, Role, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts import identity
from forum.people.accounts.facts import ROLE_GRANTS
from forum.people.accounts.models import Account, CouncilSeat, Participant, RoleGrant
from forum.people.accounts.passwords import min_chars, new_password
from forum.people.accounts.permissions import can_add_account, can_edit_profile, can_grant_role
from forum.people.accounts.queries import account_of_mailbox
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import all_ministries
from forum.system.audit.services import record
from forum.system.notices.services import notify

NEVER_GRANTED = frozenset({Role.ANONYMOUS, Role.GUEST, Role.CITIZEN, Role.SYSTEM})
GRANTABLE_ROLES = tuple(role for role in Role if role not in NEVER_GRANTED)


def add_account(
    email: str,
    display_name: str,
    password: str | None,
    *,
    birth_year: int | None = None,
    birth_date: date | None = None,
    region_code: str | None = None,
    role: Role = Role.CITIZEN,
    is_sample: bool = False,
    actor: Actor = SYSTEM,
) -> Account:
    """Create an account with a confirmed address, for commands and the sample. The caller commits.

    :param password: None for an account that cannot sign in
    :param role: the role it will be granted, which decides the minimum password length; not granted here
    :param is_sample: the address may be undeliverable (…@sample.invalid)
    :raise Forbidden: only admins
    :raise InvalidInput: one message per field, also for an address that has an account
    """
    require(can_add_account(actor))
    hints = (email, display_name)
    checked = identity.validate_fields(
        email=lambda: identity.email_key(email) if is_sample else identity.email_address(email),
        display_name=lambda: identity.shown_name(display_name),
        password=lambda: None if password is None else new_password(password, min_chars(role), hints),
        birth=lambda: (None, None) if birth_year is None else identity.birth(birth_year, birth_date),
        region_code=lambda: identity.region(region_code),
    )
    values = identity.birth_columns(checked)
    if values["password"] is not None:
        values["password"] = hash_password(values["password"])
    if account_of_mailbox(values["email"]) is not None:
        raise InvalidInput({"email": f"‘{values['email']}’ 주소로 만든 계정이 이미 있어요."})
    # An invented person of the sample agrees to nothing; everybody else is asked when they first sign in.
    account = store_account(**values, is_sample=is_sample, must_agree=not is_sample, confirmed_at=clock.now())
    record(actor, "accounts.add", account, after={"is_sample": is_sample})
    return account


def lock_account(account: Account) -> None:
    """Lock an account until the commit, and read it again: what was asked before may hold no more.

    :raise WrongState: its owner has left meanwhile
    """
    db.session.refresh(account, with_for_update={"of": Account})
    db.session.refresh(account, ["grant"])  # of what is joined, PostgreSQL gives the row from before the wait
    if not account.active:
        raise WrongState(_("그사이 탈퇴한 계정이에요."))


def refuse_ministry_name(name: str) -> None:
    """:raise InvalidInput: `name` looks like the staff's or a ministry's"""
    identity.refuse_reserved_name(name, (ministry.name for ministry in all_ministries()))


def store_account(**values: object) -> Account:
    """Insert an account with its participant, from validated columns with a hashed password. The caller commits.

    :raise IntegrityError: the address or its mailbox has an account
    """
    account = Account(**values)
    account.participant = Participant()
    db.session.add(account)
    db.session.flush()
    return account


def note_agreement(account: Account) -> None:
    """Note that the account has agreed to everything it has to. The caller commits."""
    account.must_agree = False
    db.session.flush()


def ask_everybody_to_agree() -> None:
    """Let everybody be asked for their agreement before their next act. The caller commits."""
    asked = sa.update(Account).where(Account.active, Account.must_agree.is_(False)).values(must_agree=True)
    db.session.execute(asked.execution_options(synchronize_session=False))


def end_sessions(account: Account) -> None:
    """Invalidate every session and remember cookie of this account. The caller commits."""
    account.fs_uniquifier = uuid.uuid4().hex
    db.session.flush()


def clear_password(account: Account) -> None:
    """Take the password away and end all sessions: a new one is set by a mailed link. The caller commits."""
    account.password = None
    end_sessions(account)


def record_reset_request(account: Account) -> None:
    """Record that a new password was requested now, to the minute. The caller commits.

    :raise WrongState: its owner has left meanwhile
    """
    lock_account(account)
    account.reset_asked_at = clock.now().replace(second=0, microsecond=0)
    db.session.flush()


def edit_profile(account: Account, actor: Actor, display_name: str | None, region_code: str | None) -> None:
    """Change an account's display name and region. The caller commits.

    :raise Forbidden: somebody else's profile
    :raise InvalidInput: one message per field
    :raise WrongState: the owner has left meanwhile
    """
    require(can_edit_profile(actor, account))
    values = identity.validate_fields(
        display_name=lambda: identity.shown_name(display_name), region_code=lambda: identity.region(region_code)
    )
    lock_account(account)
    require(can_edit_profile(actor, account))
    if values["display_name"] != account.display_name:
        refuse_ministry_name(values["display_name"])
    account.display_name = values["display_name"]
    if not account.waits_for_consent:  # data minimisation: no region of a child before a guardian has consented
        account.region_code = values["region_code"]
    db.session.flush()


def grant_role(
    account: Account,
    role: Role,
    actor: Actor,
    ministry: Ministry | None = None,
    council_seat: CouncilSeat | None = None,
    can_approve_answers: bool = False,
) -> RoleGrant:
    """Grant a role, which ends the one in force and counts from the account's next request. The caller commits.

    :param ministry: the officer's ministry; for MINISTRY_OFFICER only
    :param council_seat: for COUNCIL_MEMBER only
    :param can_approve_answers: may approve colleagues' answers; for MINISTRY_OFFICER only
    :raise Forbidden: only admins, never to themselves
    :raise InvalidInput: not a grantable role, a ministry or seat that is missing or does not belong, or an unconfirmed
        address, which may be somebody else's
    :raise WrongState: the account has exactly this grant already, or its owner has left
    """
    _lock_for_grant(account, actor)
    _check_grant(account, role, ministry, council_seat)
    if can_approve_answers and role is not Role.MINISTRY_OFFICER:
        raise InvalidInput({"can_approve_answers": "결재권은 소관부처 담당자에게만 줄 수 있어요."})
    before = _for_audit(account.grant)
    ministry_id = ministry.id if ministry else None
    new = (role, ministry_id, council_seat, can_approve_answers)
    if account.grant and _grant_key(account.grant) == new:
        raise WrongState(f"이미 {role.label} 역할을 맡고 있어요.")
    ended = _end_grant(account)
    grant = RoleGrant(
        account_id=account.id,
        role=role,
        ministry_id=ministry_id,
        council_seat=council_seat,
        can_approve_answers=can_approve_answers,
        granted_by_id=actor.id,
        granted_at=clock.now(),
    )
    db.session.add(grant)
    db.session.flush()
    db.session.refresh(account, ["grant"])
    record(actor, "accounts.grant", account, before, _for_audit(grant), ROLE_GRANTS.of([*ended, grant.id]))
    notify(account.id, "role_granted", f"‘{role.label}’ 역할을 맡게 되었어요.", "/profile")
    return grant


def revoke_role(account: Account, actor: Actor) -> None:
    """Revoke the role in force; the account is a citizen's from its next request. The caller commits.

    :raise Forbidden: only admins, never their own
    :raise WrongState: no role is in force, or the owner has left
    """
    _lock_for_grant(account, actor)
    if account.grant is None:
        raise WrongState("거둘 역할이 없어요. 이미 시민 계정이에요.")
    label, before = account.grant.role.label, _for_audit(account.grant)
    ended = _end_grant(account)
    record(actor, "accounts.revoke", account, before, _for_audit(None), ROLE_GRANTS.of(ended))
    notify(account.id, "role_revoked", f"‘{label}’ 역할이 끝났어요.", "/profile")


def _lock_for_grant(account: Account, actor: Actor) -> None:
    """Lock the account and the admin's own, and ask again: of two admins who revoke each other's role, one is late.

    :raise Forbidden: not an admin (any more), or one's own account
    :raise WrongState: the owner has left meanwhile
    """
    not_yours = _("역할은 관리자가 다른 사람에게만 주거나 거둘 수 있어요.")
    require(can_grant_role(actor, account), not_yours)
    both = [account, actor] if isinstance(actor, Account) else [account]
    for one in sorted(both, key=lambda it: it.id):  # in one order, so that none deadlock
        lock_account(one)
    require(can_grant_role(actor, account), not_yours)


def _check_grant(account: Account, role: Role, ministry: Ministry | None, council_seat: CouncilSeat | None) -> None:
    if role not in GRANTABLE_ROLES:
        raise InvalidInput({"role": f"‘{role.label}’ 역할은 줄 수 없어요. 시민으로 되돌리려면 역할을 거두어 주세요."})
    if not account.is_confirmed:
        raise InvalidInput({"role": "이메일 주소를 확인한 계정에만 역할을 줄 수 있어요."})
    if account.needs_consent_until is not None:
        raise InvalidInput({"role": "만 14세 미만에게는 역할을 줄 수 없어요."})
    errors = {}
    if (role is Role.MINISTRY_OFFICER) != (ministry is not None):
        errors["ministry"] = "소관부처는 소관부처 담당자에게만, 꼭 하나를 골라 주세요."
    if (role is Role.COUNCIL_MEMBER) != (council_seat is not None):
        errors["council_seat"] = "위원 구분은 협의회 위원에게만, 꼭 하나를 골라 주세요."
    if errors:
        raise InvalidInput(errors)


def _grant_key(grant: RoleGrant) -> tuple[object, ...]:
    """Return what makes two grants the same."""
    return grant.role, grant.ministry_id, grant.council_seat, grant.can_approve_answers


def _end_grant(account: Account) -> list[int]:
    """End the grant in force; return its id, or nothing if there is none."""
    ended = account.grant
    if ended is None:
        return []
    ended.revoked_at = max(clock.now(), ended.granted_at)
    db.session.flush()
    db.session.refresh(account, ["grant"])
    return [ended.id]


def _for_audit(grant: RoleGrant | None) -> dict[str, object]:
    if grant is None:
        return {"role": Role.CITIZEN.name}
    seat = grant.council_seat.name if grant.council_seat else None
    found: dict[str, object] = {"role": grant.role.name, "ministry_id": grant.ministry_id, "council_seat": seat}
    return found | ({"can_approve_answers": True} if grant.can_approve_answers else {})


def store_guest(guest_pass_id: int) -> Participant:
    """Add the participant of a guest pass, flushed. The caller commits."""
    participant = Participant(guest_pass_id=guest_pass_id)
    db.session.add(participant)
    db.session.flush()
    return participant
