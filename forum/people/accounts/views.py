from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import Role, require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.forms import GrantForm, ProfileForm
from forum.people.accounts.permissions import can_grant_role, can_see_accounts, has_role_page
from forum.people.accounts.queries import (
    ROLES_OF_ACCOUNTS,
    AccountFilters,
    AccountState,
    accounts_page,
    get_account,
)
from forum.people.accounts.services import edit_profile, grant_role, revoke_role
from forum.people.ministries.queries import all_ministries
from forum.web.forms import query_number

bp = Blueprint("accounts", __name__, template_folder="templates")


@bp.route("/profile", methods=["GET", "POST"])
def profile() -> ResponseReturnValue:
    account = current_user._get_current_object()
    form = ProfileForm(data=ProfileForm.prefilled(account))
    with form.collect_errors():
        if form.validate_on_submit():
            edit_profile(account, account, **form.values())
            db.session.commit()
            flash(_("내 정보를 고쳤어요."), "success")
            return redirect(url_for("accounts.profile"))
    return form.page("accounts/profile.html", account=account)


@bp.get("/role")
def role_home() -> ResponseReturnValue:
    require(has_role_page(current_user))
    return render_template("accounts/role_home.html")


@bp.get("/admin/accounts")
def admin_listing() -> ResponseReturnValue:
    require(can_see_accounts(current_user))
    filters = AccountFilters.parse(request.args)
    return render_template(
        "accounts/admin_listing.html",
        page=accounts_page(filters, query_number("before"), current_app.config["PAGE_SIZE"]),
        filters=filters,
        chips=_chips(filters),
        roles=ROLES_OF_ACCOUNTS,
        states=AccountState,
        ministry_names={ministry.id: ministry.name for ministry in all_ministries()},
    )


def _chips(filters: AccountFilters) -> list[tuple[str, str]]:
    """Return each chosen filter's name and the address of the list without it."""
    chosen: list[tuple[Role | AccountState | None, AccountFilters]] = [
        (filters.role, replace(filters, role=None)),
        (filters.state, replace(filters, state=None)),
    ]
    found = []
    for one, without in chosen:
        if one is not None:
            values: dict[str, Any] = dict(without.as_args())
            found.append((str(one.label), url_for("accounts.admin_listing", **values)))
    return found


@bp.route("/admin/accounts/<int:account_id>/role", methods=["GET", "POST"])
def grant(account_id: int) -> ResponseReturnValue:
    require(can_see_accounts(current_user))  # before the look-up, so that others cannot find out which ids exist
    account = get_account(account_id)
    require(can_grant_role(current_user, account))
    form = GrantForm(data=GrantForm.prefilled(account))
    with form.collect_errors():
        if form.validate_on_submit():
            role, ministry, seat, approver = form.chosen()
            grant_role(account, role, current_user, ministry, seat, approver)
            db.session.commit()
            flash(
                _("%(name)s 님에게 ‘%(role)s’ 역할을 주었어요.", name=account.display_name, role=role.label),
                "success",
            )
            return redirect(url_for("accounts.admin_listing"))
    return form.page("accounts/grant.html", account=account)


@bp.post("/admin/accounts/<int:account_id>/role/revoke")
def revoke(account_id: int) -> ResponseReturnValue:
    require(can_see_accounts(current_user))
    account = get_account(account_id)
    revoke_role(account, current_user)
    db.session.commit()
    flash(_("%(name)s 님의 역할을 거두었어요.", name=account.display_name), "success")
    return redirect(url_for("accounts.admin_listing"))
