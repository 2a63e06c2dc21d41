from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import current_app
from flask_security.utils import hash_password, verify_password
from sqlalchemy.exc import IntegrityError

from forum.core import clock
from forum.core.access import SYSTEM, Actor, Role, require
from forum.core.database import reading
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts import identity
from forum.people.accounts.attempts import keyed_hash
from forum.people.accounts.mails import ask_to_confirm, notify_already_registered
from forum.people.accounts.models import Account, CouncilSeat, Participant, RoleGrant
from forum.people.accounts.passwords import min_chars, new_password, normal_form
from forum.people.accounts.permissions import can_add_account, can_edit_profile, can_grant_role
from forum.people.accounts.queries import account_by_email, account_of_mailbox
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import all_ministries
from forum.system.audit.services import record
from forum.system.notices.services import notify

GRANTABLE = tuple(role for role in Role if role not in {Role.ANONYMOUS, Role.CITIZEN, Role.SYSTEM})


def register_account(
    email: str | None,
    display_name: str | None,
    password: str | None,
    birth_year: int | None,
    region_code: str | None = None,
    birth_date: date | None = None,
) -> None:
    """Make an account for somebody who asks for one, and send the link that confirms the address. The caller commits.

    Somebody under 14 waits for a guardian (`forum.voice.guardians`); until then no more is kept than that needs.

    Nothing that the caller sees tells a new address from a known one: a known one's owner gets a mail instead.
    An address that ends up in a known letter box (+tags, dots at Gmail) is a known one: one person, one account.

    :raise InvalidInput: one message per field
    """
    values = identity.gather(
        email=lambda: identity.email_address(email),
        display_name=lambda: identity.free_name(display_name),
        password=lambda: new_password(password, min_chars(Role.CITIZEN), (email, display_name)),
        birth=lambda: identity.birth(birth_year, birth_date),
        region_code=lambda: identity.region(region_code),
    )
    _split_birth(values)
    if values["waits_for_consent"]:
        _refuse_where_nobody_checks_guardians()
        values["region_code"] = None
    # Before the first statement: on SQLite a request holds the only write lock from there on. And for a known
    # address too, so that the answer takes as long.
    values["password"] = hash_password(values["password"])
    _refuse_ministrys_name(values["display_name"])
    known = account_of_mailbox(values["email"])
    if known is None:
        _register_new(values)
    else:
        notify_already_registered(known)


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
    """Make an account whose address is taken as confirmed, for commands and the sample. The caller commits.

    :param password: None for an account that nobody signs in to
    :param role: what it is going to be granted, which decides how long the password must be; not granted here
    :param is_sample: its address may be one that no mail reaches (…@sample.invalid)
    :raise Forbidden: only admins
    :raise InvalidInput: as `register_account`; also for an address that has an account
    """
    require(can_add_account(actor))
    hints = (email, display_name)
    values = identity.gather(
        email=lambda: identity.email_key(email) if is_sample else identity.email_address(email),
        display_name=lambda: identity.shown_name(display_name),
        password=lambda: None if password is None else new_password(password, min_chars(role), hints),
        birth=lambda: (None, None) if birth_year is None else identity.birth(birth_year, birth_date),
        region_code=lambda: identity.region(region_code),
    )
    _split_birth(values)
    if values["password"] is not None:
        values["password"] = hash_password(values["password"])
    if account_of_mailbox(values["email"]) is not None:
        raise InvalidInput({"email": f"‘{values['email']}’ 주소로 만든 계정이 이미 있습니다."})
    account = store_account(**values, is_sample=is_sample, confirmed_at=clock.now())
    record(actor, "accounts.add", account, after={"is_sample": is_sample})
    return account


def store_account(**values: object) -> Account:
    """Write an account with its participant; `values` are columns, checked and with the password hashed. Flushes.

    :raise IntegrityError: the address has an account
    """
    account = Account(email_key=identity.email_key(str(values["email"])), **values)
    account.participant = Participant()
    db.session.add(account)
    db.session.flush()
    return account


def account_for_sign_in(email: str, password: str) -> Account | None:
    """Whoever may sign in with these, or None. Takes as long for an address that nobody has.

    Read-only, so that the slow part, checking the password, holds no write lock on SQLite.
    """
    normal = normal_form(password)
    with reading():
        account = account_by_email(email)
    if account is None or account.password is None or not account.active:
        hash_password(normal)
        return None
    return account if verify_password(normal, account.password) else None


def ask_for_reset(account: Account) -> str:
    """A new password was asked for: links of earlier minutes are dead from now on. Flushes; the caller commits.

    Not those of this minute, since no second mail goes out in it.

    :return: what the link must carry; see `reset_mark`
    """
    account.reset_asked_at = clock.now().replace(second=0, microsecond=0)
    db.session.flush()
    return reset_mark(account)


def reset_mark(account: Account) -> str:
    """Changes with all that a link for a new password must not outlive: address, password, a newer request."""
    return keyed_hash("reset", f"{account.email_key}\n{account.password}\n{account.reset_asked_at}")


def end_sessions(account: Account) -> None:
    """Make every cookie that was given out for this account worthless. Flushes; the caller commits."""
    account.fs_uniquifier = uuid.uuid4().hex
    db.session.flush()


def edit_profile(account: Account, actor: Actor, display_name: str | None, region_code: str | None) -> None:
    """Change what somebody says of themselves. The caller commits.

    :raise Forbidden: another's profile
    :raise InvalidInput: one message per field
    """
    require(can_edit_profile(actor, account))
    values = identity.gather(
        display_name=lambda: identity.shown_name(display_name), region_code=lambda: identity.region(region_code)
    )
    if values["display_name"] != account.display_name:
        _refuse_ministrys_name(values["display_name"])
    account.display_name = values["display_name"]
    if not account.waits_for_consent:  # what isn't needed is not taken from a child before a guardian has consented
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
    """Give a role; one that is in force ends. It counts from the account's next request. The caller commits.

    :param ministry: whose officer; for MINISTRY_OFFICER only
    :param council_seat: for COUNCIL_MEMBER only
    :param can_approve_answers: may approve colleagues' answers; for MINISTRY_OFFICER only
    :raise Forbidden: only admins, never to themselves
    :raise InvalidInput: not a role to grant, ministry or seat missing or out of place, or an unconfirmed address,
        behind which somebody else may sit
    :raise WrongState: the account has exactly this already
    """
    require(can_grant_role(actor, account), "역할은 관리자가 다른 사람에게만 줄 수 있습니다.")
    _check_grant(account, role, ministry, council_seat)
    if can_approve_answers and role is not Role.MINISTRY_OFFICER:
        raise InvalidInput({"can_approve_answers": "결재권은 소관부처 담당자에게만 줄 수 있습니다."})
    before = _for_audit(account.grant)
    ministry_id = ministry.id if ministry else None
    wanted = (role, ministry_id, council_seat, can_approve_answers)
    if account.grant and _same_grant(account.grant) == wanted:
        raise WrongState(f"이미 {role.label} 역할을 맡고 있습니다.")
    _end_grant(account)
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
    record(actor, "accounts.grant", account, before, _for_audit(grant))
    notify(account.id, "role_granted", f"‘{role.label}’ 역할을 맡게 되었습니다.", "/profile")
    return grant


def revoke_role(account: Account, actor: Actor) -> None:
    """Take the role in force; the account is a citizen's from its next request. The caller commits.

    :raise Forbidden: only admins, never from themselves
    :raise WrongState: there is none
    """
    require(can_grant_role(actor, account), "역할은 관리자가 다른 사람에게서만 거둘 수 있습니다.")
    if account.grant is None:
        raise WrongState("거둘 역할이 없습니다. 이미 시민 계정입니다.")
    label, before = account.grant.role.label, _for_audit(account.grant)
    _end_grant(account)
    record(actor, "accounts.revoke", account, before, _for_audit(None))
    notify(account.id, "role_revoked", f"‘{label}’ 역할이 끝났습니다.", "/profile")


def _register_new(values: dict[str, object]) -> None:
    try:
        with db.session.begin_nested():
            account = store_account(**values)
    except IntegrityError:
        if account_of_mailbox(str(values["email"])) is None:
            raise
        return  # another request registered this letter box in the same moment; that one sends the mail
    ask_to_confirm(account)


def _split_birth(values: dict[str, Any]) -> None:
    values["birth_year"], until = values.pop("birth")
    values["needs_consent_until"], values["waits_for_consent"] = until, until is not None


def _refuse_where_nobody_checks_guardians() -> None:
    if not current_app.config["GUARDIAN_VERIFIER"]:
        raise InvalidInput(
            {
                "birth_date": "만 14세 미만은 보호자(법정대리인)의 동의가 있어야 참여할 수 있어요. "
                "보호자를 확인하는 방법이 준비되면 가입할 수 있어요."
            }
        )


def _refuse_ministrys_name(name: str) -> None:
    identity.refuse_reserved_name(name, (ministry.name for ministry in all_ministries()))


def _check_grant(account: Account, role: Role, ministry: Ministry | None, council_seat: CouncilSeat | None) -> None:
    if role not in GRANTABLE:
        raise InvalidInput({"role": f"‘{role.label}’ 역할은 줄 수 없습니다. 시민으로 되돌리려면 역할을 거두어 주세요."})
    if not account.is_confirmed:
        raise InvalidInput({"role": "이메일 주소를 확인한 계정에만 역할을 줄 수 있습니다."})
    if account.needs_consent_until is not None:
        raise InvalidInput({"role": "만 14세 미만에게는 역할을 줄 수 없습니다."})
    errors = {}
    if (role is Role.MINISTRY_OFFICER) != (ministry is not None):
        errors["ministry"] = "소관부처는 소관부처 담당자에게만, 꼭 하나를 골라 주세요."
    if (role is Role.COUNCIL_MEMBER) != (council_seat is not None):
        errors["council_seat"] = "위원 구분은 협의회 위원에게만, 꼭 하나를 골라 주세요."
    if errors:
        raise InvalidInput(errors)


def _same_grant(grant: RoleGrant) -> tuple[object, ...]:
    """What makes two grants the same."""
    return grant.role, grant.ministry_id, grant.council_seat, grant.can_approve_answers


def _end_grant(account: Account) -> None:
    if account.grant is None:
        return
    account.grant.revoked_at = max(clock.now(), account.grant.granted_at)
    db.session.flush()
    db.session.refresh(account, ["grant"])


def _for_audit(grant: RoleGrant | None) -> dict[str, object]:
    if grant is None:
        return {"role": Role.CITIZEN.name}
    seat = grant.council_seat.name if grant.council_seat else None
    found: dict[str, object] = {"role": grant.role.name, "ministry_id": grant.ministry_id, "council_seat": seat}
    return found | ({"can_approve_answers": True} if grant.can_approve_answers else {})
