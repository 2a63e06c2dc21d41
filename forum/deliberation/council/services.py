"""Set up terms, give and end seats, and put members and citizens into groups."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.text import clean_line, refuse_resident_numbers
from forum.deliberation.council.facts import GROUPS, SEATS, TERMS
from forum.deliberation.council.hooks import run_after_seat_end, run_after_substitute_end
from forum.deliberation.council.mails import notify_of_end, notify_of_seat, notify_of_team
from forum.deliberation.council.models import (
    MAX_NAME_CHARS,
    MAX_OFFICE_CHARS,
    CouncilGroup,
    CouncilTerm,
    GroupKind,
    GroupSeat,
    QuorumRule,
    Seat,
    TeamMember,
)
from forum.deliberation.council.permissions import ADMINS_ONLY, can_appoint, may_join_team, may_sit
from forum.deliberation.council.queries import chair_of
from forum.people.accounts.models import Account, CouncilSeat
from forum.system.audit.services import record, text_hash

MAX_ABOUT_CHARS, MAX_END_REASON_CHARS = 200, 200
CHANGED_MEANWHILE = _l("이 화면을 연 뒤에 다른 사람이 먼저 바꾸었어요. 지금 내용을 보고 다시 해 주세요.")


def add_term(
    actor: Actor,
    number: int,
    starts_on: date,
    ends_on: date,
    quorum: QuorumRule = QuorumRule.MAJORITY,
    needs_both_kinds: bool = True,
    counts_online: bool = True,
) -> CouncilTerm:
    """Set up a term. The caller commits.

    :raise Forbidden: only admins
    :raise InvalidInput: a number that is taken, or an end before the beginning
    """
    require(can_appoint(actor), str(ADMINS_ONLY))
    _check_term(number, starts_on, ends_on)
    if db.session.scalar(sa.select(CouncilTerm.id).where(CouncilTerm.number == number)) is not None:
        raise InvalidInput({"number": _("제%(n)s기는 벌써 있어요.", n=number)})
    term = CouncilTerm(
        number=number,
        starts_on=starts_on,
        ends_on=ends_on,
        quorum=quorum,
        needs_both_kinds=needs_both_kinds,
        counts_online=counts_online,
    )
    db.session.add(term)
    _flush(_("제%(n)s기는 벌써 있어요.", n=number))
    record(actor, "council.add_term", term, after={"number": number}, facts=TERMS.of([term.id]))
    return term


def change_term(
    term: CouncilTerm,
    actor: Actor,
    starts_on: date,
    ends_on: date,
    quorum: QuorumRule,
    needs_both_kinds: bool,
    counts_online: bool,
    *,
    seen: int,
) -> None:
    """Change a term's days and rules. Motions that are closed keep the numbers they had. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: only admins
    :raise WrongState: changed since
    :raise InvalidInput: an end before the beginning
    """
    require(can_appoint(actor), str(ADMINS_ONLY))
    _check_term(term.number, starts_on, ends_on)
    _lock(term, seen)
    term.starts_on, term.ends_on, term.quorum = starts_on, ends_on, quorum
    term.needs_both_kinds, term.counts_online = needs_both_kinds, counts_online
    term.revision += 1
    db.session.flush()
    after = {"number": term.number, "quorum": quorum.name, "revision": term.revision}
    record(actor, "council.change_term", term, after=after, facts=TERMS.of([term.id]))


def appoint(
    term: CouncilTerm,
    actor: Actor,
    kind: CouncilSeat,
    name: str,
    office: str,
    account: Account | None = None,
    substitute_name: str = "",
    substitute: Account | None = None,
    is_chair: bool = False,
) -> Seat:
    """Give somebody a seat from today on, and tell them. Their account keeps its own role. The caller commits.

    :param account: None for a member who does not sign in
    :raise Forbidden: only admins
    :raise InvalidInput: no name or office, an account that may not sit or sits already, or a second chair of the kind
    """
    require(can_appoint(actor), str(ADMINS_ONLY))
    name, office, substitute_name = _words(name, office, substitute_name, substitute)
    db.session.refresh(term, with_for_update={"of": CouncilTerm})
    _check_seat(term, None, kind, account, substitute, is_chair)
    seat = Seat(
        term_id=term.id,
        kind=kind,
        name=name,
        office=office,
        account_id=account.id if account else None,
        substitute_name=substitute_name,
        substitute_id=substitute.id if substitute else None,
        is_chair=is_chair,
    )
    seat.term = term
    db.session.add(seat)
    _flush(_("이 기에 벌써 자리가 있는 계정이에요."))
    _record_seat(actor, "council.appoint", seat)
    notify_of_seat(seat)
    return seat


def change_seat(
    seat: Seat,
    actor: Actor,
    name: str,
    office: str,
    substitute_name: str = "",
    substitute: Account | None = None,
    is_chair: bool = False,
    account: Account | None = None,
    *,
    seen: int,
) -> None:
    """Change a seat's words, who stands in for its member, and whether it chairs. The caller commits.

    :param account: the member's account; a seat that has one keeps it, since another person needs a seat of their own
    :param seen: revision that the page showed
    :raise Forbidden: only admins
    :raise WrongState: ended, or changed since
    :raise InvalidInput: as `appoint`
    """
    require(can_appoint(actor), str(ADMINS_ONLY))
    name, office, substitute_name = _words(name, office, substitute_name, substitute)
    db.session.refresh(seat.term, with_for_update={"of": CouncilTerm})
    _lock(seat, seen)
    if not seat.in_office:
        raise WrongState(_("끝난 자리는 고칠 수 없어요."))
    if seat.account_id is not None and account is not None and account.id != seat.account_id:
        raise InvalidInput({"account": _("다른 사람에게는 새 자리를 주세요. 이 자리를 먼저 끝내 주세요.")})
    holder = account or seat.account
    _check_seat(seat.term, seat, seat.kind, holder, substitute, is_chair)
    old_substitute = seat.substitute_id
    seat.name, seat.office, seat.substitute_name, seat.is_chair = name, office, substitute_name, is_chair
    seat.account_id = holder.id if holder else None
    seat.substitute_id = substitute.id if substitute else None
    seat.revision += 1
    _flush(_("이 기에 벌써 자리가 있는 계정이에요."))
    db.session.refresh(seat, ["account", "substitute"])
    if old_substitute not in (None, seat.substitute_id):
        run_after_substitute_end(seat, actor)
    _record_seat(actor, "council.change_seat", seat)
    if substitute is not None and substitute.id != old_substitute:
        notify_of_seat(seat)


def end_seat(seat: Seat, actor: Actor, reason: str, *, seen: int) -> None:
    """End a seat; what its member did stays. The caller commits.

    :param reason: public
    :param seen: revision that the page showed
    :raise Forbidden: only admins
    :raise WrongState: ended already, or changed since
    :raise InvalidInput: no reason
    """
    require(can_appoint(actor), str(ADMINS_ONLY))
    reason = clean_line(reason, "reason", _("까닭"), max_chars=MAX_END_REASON_CHARS)
    refuse_resident_numbers(reason, "reason")
    _lock(seat, seen)
    if not seat.in_office:
        raise WrongState(_("벌써 끝난 자리예요."))
    _end(seat, actor, reason)


def add_group(
    term: CouncilTerm, actor: Actor, kind: GroupKind, name: str, about: str = "", seats: Collection[Seat] = ()
) -> CouncilGroup:
    """Set up a sub-committee, a team, or the delegates. The caller commits.

    :param seats: its members; none for a team, which citizens join
    :raise Forbidden: only admins
    :raise InvalidInput: no name, one that is taken, seats of another term or that ended, or second delegates
    """
    require(can_appoint(actor), str(ADMINS_ONLY))
    name, about = _group_words(name, about)
    db.session.refresh(term, with_for_update={"of": CouncilTerm})
    _check_group(term, kind, name, None)
    group = CouncilGroup(term_id=term.id, kind=kind, name=name, about=about)
    group.term = term
    db.session.add(group)
    _flush(_("같은 이름이 벌써 있어요."))
    _set_seats(group, seats)
    _record_group(actor, "council.add_group", group)
    return group


def change_group(
    group: CouncilGroup, actor: Actor, name: str, about: str, seats: Collection[Seat], *, seen: int
) -> None:
    """Change a group's name and the seats in it. What was scored stays. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: only admins
    :raise WrongState: changed since
    :raise InvalidInput: as `add_group`
    """
    require(can_appoint(actor), str(ADMINS_ONLY))
    name, about = _group_words(name, about)
    db.session.refresh(group.term, with_for_update={"of": CouncilTerm})
    _lock(group, seen)
    _check_group(group.term, group.kind, name, group)
    group.name, group.about = name, about
    group.revision += 1
    _set_seats(group, seats)
    _record_group(actor, "council.change_group", group)


def add_team_member(group: CouncilGroup, actor: Actor, account: Account) -> TeamMember:
    """Put a citizen into a team, and tell them. The caller commits.

    :raise Forbidden: only admins
    :raise InvalidInput: no team, not somebody who may take part, or somebody with a seat or in the team already
    """
    require(can_appoint(actor), str(ADMINS_ONLY))
    db.session.refresh(group.term, with_for_update={"of": CouncilTerm})
    if group.kind is not GroupKind.TEAM:
        raise InvalidInput({"account": _("국민포럼팀에만 시민을 넣을 수 있어요.")})
    if not may_join_team(account):
        raise InvalidInput({"account": _("포럼에 참여할 수 있는 시민만 국민포럼팀에 들어올 수 있어요.")})
    sits = sa.select(Seat.id).where(
        Seat.term_id == group.term_id, Seat.account_id == account.id, Seat.ended_at.is_(None)
    )
    if db.session.scalar(sits) is not None or _is_in_team(group.term_id, account):
        raise InvalidInput({"account": _("이 기에 벌써 위원이거나 국민포럼팀에 있는 사람이에요.")})
    member = TeamMember(group_id=group.id, account_id=account.id)
    member.group, member.account = group, account
    db.session.add(member)
    _flush(_("벌써 국민포럼팀에 있는 사람이에요."))
    _record_group(actor, "council.add_team_member", group)
    notify_of_team(group, account)
    return member


def end_membership(member: TeamMember, actor: Actor) -> None:
    """Take a citizen out of a team: an admin, or they themselves. Twice is once. The caller commits.

    :raise Forbidden: somebody else
    """
    require(can_appoint(actor) or actor.id == member.account_id, str(ADMINS_ONLY))
    db.session.refresh(member, with_for_update={"of": TeamMember})
    if member.left_at is None:
        member.left_at = clock.now()
        db.session.flush()
        _record_group(actor, "council.end_membership", member.group)


def forget_member(account_id: int, actor: Actor) -> None:
    """End the seats and memberships of an account that is being closed. The caller commits.

    The name and office of a seat stay, as the record of a public post; nothing leads from them to the account.
    """
    held = sa.select(Seat).where(Seat.account_id == account_id, Seat.ended_at.is_(None)).order_by(Seat.id)
    for seat in db.session.scalars(held.with_for_update(of=Seat)):
        _end(seat, actor, _("계정을 닫았어요."), tell=False)
    stood_in = sa.select(Seat).where(Seat.substitute_id == account_id, Seat.ended_at.is_(None)).order_by(Seat.id)
    for seat in db.session.scalars(stood_in.with_for_update(of=Seat)):
        seat.substitute_id = None
        seat.revision += 1
        db.session.flush()
        run_after_substitute_end(seat, actor)
        _record_seat(actor, "council.change_seat", seat)
    joined = sa.select(TeamMember).where(TeamMember.account_id == account_id, TeamMember.left_at.is_(None))
    for member in db.session.scalars(joined.order_by(TeamMember.id)):
        member.left_at = clock.now()
        db.session.flush()
        _record_group(actor, "council.end_membership", member.group)
    db.session.expire_all()


def _end(seat: Seat, actor: Actor, reason: str, tell: bool = True) -> None:
    seat.ended_at, seat.end_reason, seat.is_chair = clock.now(), reason, False
    seat.revision += 1
    db.session.flush()
    run_after_seat_end(seat, actor)
    _record_seat(actor, "council.end_seat", seat)
    if tell:
        notify_of_end(seat)


def _lock(row: CouncilTerm | Seat | CouncilGroup, seen: int) -> None:
    """:raise WrongState: the row is not what the page showed"""
    db.session.refresh(row, with_for_update={"of": type(row)})
    if row.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))


def _flush(message: str) -> None:
    """:raise WrongState: somebody else was faster; the transaction must end"""
    try:
        db.session.flush()
    except IntegrityError as error:
        raise WrongState(message) from error


def _check_term(number: int, starts_on: date, ends_on: date) -> None:
    if number < 1:
        raise InvalidInput({"number": _("1부터 시작하는 수를 적어 주세요.")})
    if ends_on <= starts_on:
        raise InvalidInput({"ends_on": _("끝나는 날이 시작하는 날보다 뒤여야 해요.")})


def _words(name: str, office: str, substitute_name: str, substitute: Account | None) -> tuple[str, str, str]:
    name = clean_line(name, "name", _("이름"), max_chars=MAX_NAME_CHARS)
    office = clean_line(office, "office", _("하는 일"), max_chars=MAX_OFFICE_CHARS)
    substitute_name = clean_line(
        substitute_name, "substitute_name", _("대리인의 이름"), max_chars=MAX_NAME_CHARS, min_chars=0
    )
    for field, text in (("name", name), ("office", office), ("substitute_name", substitute_name)):
        refuse_resident_numbers(text, field)
    if substitute is not None and not substitute_name:
        raise InvalidInput({"substitute_name": _("대리인의 이름도 적어 주세요.")})
    return name, office, substitute_name


def _check_seat(
    term: CouncilTerm,
    seat: Seat | None,
    kind: CouncilSeat,
    account: Account | None,
    substitute: Account | None,
    is_chair: bool,
) -> None:
    """:raise InvalidInput: see `appoint`"""
    errors: dict[str, str] = {}
    for field, one in (("account", account), ("substitute", substitute)):
        if one is not None and not may_sit(one):
            errors[field] = _("분석가와 관리자, 닫힌 계정은 위원이나 대리인이 될 수 없어요.")
    if account is not None and substitute is not None and account.id == substitute.id:
        errors["substitute"] = _("자기 자신은 대리인이 될 수 없어요.")
    chair = chair_of(term.id, kind)
    if is_chair and chair is not None and chair is not seat:
        errors["is_chair"] = _("%(kind)s 공동위원장은 벌써 있어요: %(name)s", kind=kind.label, name=chair.name)
    for field, column, one in (
        ("account", Seat.account_id, account),
        ("substitute", Seat.substitute_id, substitute),
    ):
        if one is None or field in errors:
            continue
        taken = sa.select(Seat.id).where(Seat.term_id == term.id, column == one.id, Seat.ended_at.is_(None))
        if seat is not None:
            taken = taken.where(Seat.id != seat.id)
        if db.session.scalar(taken) is not None:
            errors[field] = _("이 기에 벌써 자리가 있는 계정이에요.")
    if account is not None and "account" not in errors and _is_in_team(term.id, account):
        errors["account"] = _("국민포럼팀에 있는 사람이에요. 먼저 팀에서 빼 주세요.")
    if errors:
        raise InvalidInput(errors)


def _is_in_team(term_id: int, account: Account) -> bool:
    joined = (
        sa.select(TeamMember.id)
        .join(CouncilGroup, CouncilGroup.id == TeamMember.group_id)
        .where(CouncilGroup.term_id == term_id, TeamMember.account_id == account.id, TeamMember.left_at.is_(None))
    )
    return db.session.scalar(joined.limit(1)) is not None


def _group_words(name: str, about: str) -> tuple[str, str]:
    name = clean_line(name, "name", _("이름"), max_chars=MAX_NAME_CHARS)
    about = clean_line(about, "about", _("하는 일"), max_chars=MAX_ABOUT_CHARS, min_chars=0)
    refuse_resident_numbers(name, "name")
    refuse_resident_numbers(about, "about")
    return name, about


def _check_group(term: CouncilTerm, kind: GroupKind, name: str, group: CouncilGroup | None) -> None:
    """:raise InvalidInput: the name is taken, or there are delegates"""
    others = sa.select(CouncilGroup).where(CouncilGroup.term_id == term.id).order_by(CouncilGroup.id)
    for other in db.session.scalars(others):
        if other is group:
            continue
        if other.name == name:
            raise InvalidInput({"name": _("같은 이름이 벌써 있어요.")})
        if kind is GroupKind.DELEGATES and other.kind is kind:
            raise InvalidInput({"kind": _("대표단은 하나만 둘 수 있어요.")})


def _set_seats(group: CouncilGroup, seats: Collection[Seat]) -> None:
    """:raise InvalidInput: seats of another term or that ended, or seats in a team"""
    if group.kind is GroupKind.TEAM and seats:
        raise InvalidInput({"seats": _("국민포럼팀에는 위원이 아니라 시민이 들어와요.")})
    if any(seat.term_id != group.term_id or not seat.in_office for seat in seats):
        raise InvalidInput({"seats": _("이 기에 지금 있는 위원만 고를 수 있어요.")})
    db.session.execute(sa.delete(GroupSeat).where(GroupSeat.group_id == group.id))
    db.session.add_all(
        GroupSeat(group_id=group.id, seat_id=seat_id, term_id=group.term_id)
        for seat_id in sorted({seat.id for seat in seats})
    )
    db.session.flush()


def _record_seat(actor: Actor, action: str, seat: Seat) -> None:
    after: dict[str, object] = {"kind": seat.kind.name, "is_chair": seat.is_chair, "revision": seat.revision}
    if seat.end_reason:
        after["reason"] = text_hash(seat.end_reason)
    record(actor, action, seat, after=after, facts=SEATS.of([seat.id]))


def _record_group(actor: Actor, action: str, group: CouncilGroup) -> None:
    after = {"kind": group.kind.name, "name": text_hash(group.name), "revision": group.revision}
    record(actor, action, group, after=after, facts=GROUPS.of([group.id]))
