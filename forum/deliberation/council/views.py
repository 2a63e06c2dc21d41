"""The public pages of the council, and those on which admins set up terms, seats and groups."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.forms import (
    EndForm,
    GroupForm,
    JoinForm,
    SeatForm,
    TermForm,
    group_values,
    seat_values,
    term_values,
)
from forum.deliberation.council.models import CouncilGroup, GroupKind, Seat, TeamMember
from forum.deliberation.council.pages import term_page, term_panels
from forum.deliberation.council.permissions import ADMINS_ONLY, can_appoint
from forum.deliberation.council.queries import (
    all_terms,
    get_group,
    get_membership,
    get_seat,
    get_term,
    group_seats,
    members_of_team,
    present_term,
    seats_in_office,
)
from forum.deliberation.council.services import (
    add_group,
    add_team_member,
    add_term,
    appoint,
    change_group,
    change_seat,
    change_term,
    end_membership,
    end_seat,
)
from forum.web.gate import public

OK = 200
bp = Blueprint("council", __name__, template_folder="templates")


@bp.get("/council")
@public
def home() -> ResponseReturnValue:
    """Show the present term, or that there is none yet."""
    term_now = present_term()
    if term_now is None:
        return render_template("council/none.html", may_appoint=can_appoint(current_user))
    return _term_page(term_now.number)


@bp.get("/council/terms/<int:number>")
@public
def term(number: int) -> ResponseReturnValue:
    """Show a term: its members, its groups, its rules, and what it does."""
    return _term_page(number)


@bp.get("/council/terms/new")
def new_term() -> ResponseReturnValue:
    """Show the form that sets up a term."""
    _require_admin()
    return TermForm(formdata=None).page("council/term_form.html", term=None)


@bp.post("/council/terms/new")
def create_term() -> ResponseReturnValue:
    """Set up a term."""
    _require_admin()
    form = TermForm()
    with form.collect_errors():
        if form.validate_on_submit():
            starts_on, ends_on = form.days()
            both, online = bool(form.needs_both_kinds.data), bool(form.counts_online.data)
            made = add_term(current_user, form.number.data or 0, starts_on, ends_on, form.rule(), both, online)
            db.session.commit()
            flash(_("제%(n)s기를 만들었어요. 위원을 정해 주세요.", n=made.number))
            return redirect(url_for("council.term", number=made.number), 303)
    return form.page("council/term_form.html", term=None)


@bp.get("/council/terms/<int:number>/edit")
def edit_term(number: int) -> ResponseReturnValue:
    """Show the form that changes a term."""
    _require_admin()
    found = get_term(number)
    return TermForm(data=term_values(found)).page("council/term_form.html", term=found)


@bp.post("/council/terms/<int:number>/edit")
def save_term(number: int) -> ResponseReturnValue:
    """Change a term."""
    _require_admin()
    form = TermForm()
    with form.collect_errors():
        if form.validate_on_submit():
            starts_on, ends_on = form.days()
            both, online = bool(form.needs_both_kinds.data), bool(form.counts_online.data)
            term_, seen = get_term(number), form.seen_revision()
            change_term(term_, current_user, starts_on, ends_on, form.rule(), both, online, seen=seen)
            db.session.commit()
            flash(_("고쳤어요."))
            return redirect(url_for("council.term", number=number), 303)
    return form.page("council/term_form.html", term=get_term(number))


@bp.get("/council/terms/<int:number>/seats/new")
def new_seat(number: int) -> ResponseReturnValue:
    """Show the form that gives a seat."""
    _require_admin()
    return SeatForm(formdata=None).page("council/seat_form.html", term=get_term(number), seat=None)


@bp.post("/council/terms/<int:number>/seats/new")
def create_seat(number: int) -> ResponseReturnValue:
    """Give somebody a seat."""
    _require_admin()
    form = SeatForm()
    with form.collect_errors():
        if form.validate_on_submit():
            account, substitute = form.accounts()
            appoint(
                get_term(number),
                current_user,
                form.chosen_kind(),
                form.name.data or "",
                form.office.data or "",
                account,
                form.substitute_name.data or "",
                substitute,
                is_chair=bool(form.is_chair.data),
            )
            db.session.commit()
            flash(_("위원을 정했어요."))
            return redirect(url_for("council.term", number=number), 303)
    return form.page("council/seat_form.html", term=get_term(number), seat=None)


@bp.get("/council/seats/<int:seat_id>/edit")
def edit_seat(seat_id: int) -> ResponseReturnValue:
    """Show the form that changes a seat, or ends it."""
    _require_admin()
    seat = get_seat(seat_id)
    return _seat_page(seat, SeatForm(data=seat_values(seat)), EndForm(formdata=None))


@bp.post("/council/seats/<int:seat_id>/edit")
def save_seat(seat_id: int) -> ResponseReturnValue:
    """Change a seat."""
    _require_admin()
    form = SeatForm()
    with form.collect_errors():
        if form.validate_on_submit():
            account, substitute = form.accounts()
            seat = get_seat(seat_id)
            change_seat(
                seat,
                current_user,
                form.name.data or "",
                form.office.data or "",
                form.substitute_name.data or "",
                substitute,
                is_chair=bool(form.is_chair.data),
                account=account,
                seen=form.seen_revision(),
            )
            db.session.commit()
            flash(_("고쳤어요."))
            return redirect(url_for("council.term", number=seat.term.number), 303)
    return _seat_page(get_seat(seat_id), form, EndForm(formdata=None))


@bp.post("/council/seats/<int:seat_id>/end")
def end(seat_id: int) -> ResponseReturnValue:
    """End a seat."""
    _require_admin()
    form = EndForm()
    with form.collect_errors():
        if form.validate_on_submit():
            seat = get_seat(seat_id)
            end_seat(seat, current_user, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("자리를 끝냈어요."))
            return redirect(url_for("council.term", number=seat.term.number), 303)
    seat = get_seat(seat_id)
    return _seat_page(seat, SeatForm(formdata=None, data=seat_values(seat)), form)


@bp.get("/council/terms/<int:number>/groups/new")
def new_group(number: int) -> ResponseReturnValue:
    """Show the form that sets up a group."""
    _require_admin()
    found = get_term(number)
    form = GroupForm(formdata=None)
    form.offer(seats_in_office(found.id))
    return form.page("council/group_form.html", term=found, group=None, members=(), join_form=None)


@bp.post("/council/terms/<int:number>/groups/new")
def create_group(number: int) -> ResponseReturnValue:
    """Set up a group."""
    _require_admin()
    found, form = get_term(number), GroupForm()
    seats = seats_in_office(found.id)
    with form.collect_errors():
        if form.validate_on_submit():
            words = (form.name.data or "", form.about.data or "")
            add_group(found, current_user, form.chosen_kind(), *words, form.chosen(seats))
            db.session.commit()
            flash(_("만들었어요."))
            return redirect(url_for("council.term", number=number), 303)
    form.offer(seats_in_office(get_term(number).id))
    return form.page("council/group_form.html", term=get_term(number), group=None, members=(), join_form=None)


@bp.get("/council/groups/<int:group_id>/edit")
def edit_group(group_id: int) -> ResponseReturnValue:
    """Show the form that changes a group; of a team its people too."""
    _require_admin()
    group = get_group(group_id)
    return _group_page(group, GroupForm(data=group_values(group, group_seats(group_id))), JoinForm(formdata=None))


@bp.post("/council/groups/<int:group_id>/edit")
def save_group(group_id: int) -> ResponseReturnValue:
    """Change a group."""
    _require_admin()
    form = GroupForm()
    with form.collect_errors():
        if form.validate_on_submit():
            group = get_group(group_id)
            chosen = form.chosen(seats_in_office(group.term_id))
            words = (form.name.data or "", form.about.data or "")
            change_group(group, current_user, *words, chosen, seen=form.seen_revision())
            db.session.commit()
            flash(_("고쳤어요."))
            return redirect(url_for("council.term", number=group.term.number), 303)
    return _group_page(get_group(group_id), form, JoinForm(formdata=None))


@bp.post("/council/groups/<int:group_id>/people")
def join(group_id: int) -> ResponseReturnValue:
    """Put a citizen into a team."""
    _require_admin()
    form = JoinForm()
    with form.collect_errors():
        if form.validate_on_submit():
            add_team_member(get_group(group_id), current_user, form.citizen())
            db.session.commit()
            flash(_("국민포럼팀에 넣었어요."))
            return redirect(url_for("council.edit_group", group_id=group_id), 303)
    return _group_page(get_group(group_id), _unsent(get_group(group_id)), form)


@bp.post("/council/memberships/<int:member_id>/end")
def leave(member_id: int) -> ResponseReturnValue:
    """Take a citizen out of a team: an admin, or they themselves."""
    member = get_membership(member_id)
    require(can_appoint(current_user) or _is_own(member), str(ADMINS_ONLY))
    end_membership(member, current_user)
    db.session.commit()
    flash(_("국민포럼팀에서 나왔어요.") if _is_own(member) else _("국민포럼팀에서 뺐어요."))
    return redirect(url_for("council.term", number=member.group.term.number), 303)


def _unsent(group: CouncilGroup) -> GroupForm:
    """Return the form of a group as it stands, beside another form that was sent."""
    return GroupForm(formdata=None, data=group_values(group, group_seats(group.id)))


def _require_admin() -> None:
    require(can_appoint(current_user), str(ADMINS_ONLY))


def _is_own(member: TeamMember) -> bool:
    return bool(current_user.id == member.account_id)


def _term_page(number: int) -> ResponseReturnValue:
    found = get_term(number)
    return render_template(
        "council/term.html",
        page=term_page(found, current_user),
        term=found,
        terms=all_terms(),
        panels=term_panels(found, current_user),
    )


def _seat_page(seat: Seat, form: SeatForm, end_form: EndForm) -> ResponseReturnValue:
    shown = end_form if end_form.status != OK else form
    return shown.page("council/seat_form.html", term=seat.term, seat=seat, seat_form=form, end_form=end_form)


def _group_page(group: CouncilGroup, form: GroupForm, join_form: JoinForm) -> ResponseReturnValue:
    form.offer(seats_in_office(group.term_id))
    is_team = group.kind is GroupKind.TEAM
    shown = join_form if join_form.status != OK else form
    return shown.page(
        "council/group_form.html",
        term=group.term,
        group=group,
        group_form=form,
        members=members_of_team(group.id) if is_team else (),
        join_form=join_form if is_team else None,
    )
