from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import views as library
from flask_security.utils import login_user, logout_user

from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account
from forum.people.signin.confirmation import LinkState, confirm_address, read_link
from forum.people.signin.devices import remember_device
from forum.people.signin.first_act import Outcome, waiting_in_account, waiting_in_form
from forum.people.signin.forms import RegisterForm
from forum.people.signin.messages import MESSAGES
from forum.people.signin.services import Origin, register_account
from forum.web.form_recovery import visitors_form
from forum.web.forms import query_text
from forum.web.gate import public
from forum.web.navigation import start_page
from forum.web.redirects import MAX_PATH_CHARS, path_on_this_site

bp = Blueprint("signin", __name__)
REGISTERED_KEY = "registered"  # in the session: the address that this browser has just registered


def register() -> ResponseReturnValue:
    """Register an account. `setup` puts this view in place of Flask-Security's at security.register."""
    if current_user.is_authenticated:
        return redirect(url_for("accounts.profile"))
    form = RegisterForm(data={"next": path_on_this_site(query_text("next", MAX_PATH_CHARS))})
    typed = visitors_form()
    with form.collect_errors():
        if form.validate_on_submit():
            origin = Origin(typed, path_on_this_site(form.next.data), request.remote_addr)
            register_account(**form.account_values(), origin=origin)
            db.session.commit()
            session[REGISTERED_KEY] = form.email.data
            return redirect(url_for("signin.registered"))
    return form.page("security/register_user.html", waiting=waiting_in_form(typed))


@bp.get("/account/register/mailed")
@public
def registered() -> ResponseReturnValue:
    """Say that a mail is on its way: the same for a new address and a known one."""
    email = session.get(REGISTERED_KEY)
    if current_user.is_authenticated or not email:
        return redirect(url_for("accounts.profile" if current_user.is_authenticated else "security.register"))
    return render_template("security/registered.html", email=email, waiting=waiting_in_form(visitors_form()))


def sign_in() -> ResponseReturnValue:
    """Sign in, and begin where one's work is, unless somebody was on the way to another page.

    `setup` puts this view in place of Flask-Security's at security.login.
    """
    was_signed_in = current_user.is_authenticated
    response = library.login()
    if was_signed_in or not current_user.is_authenticated or request.values.get("next"):
        return response
    first = start_page(current_user)
    return redirect(first) if first else response


def confirm(token: str) -> ResponseReturnValue:
    """Show the button of a mailed link; the button confirms, signs in, and does what waited.

    `setup` puts this view in place of Flask-Security's at security.confirm_email.
    """
    if request.method == "POST" and current_user.is_authenticated:
        _sign_out_unless_owner(token)
    link = read_link(token)
    if link.account is None:
        return _without_account(link.state)
    account, next_path = link.account, path_on_this_site(query_text("next", MAX_PATH_CHARS))
    if request.method == "GET":
        return render_template("security/confirm_email.html", account=account, waiting=waiting_in_account(account))
    outcome = None
    if link.state is LinkState.VALID:
        outcome = confirm_address(account, "later" not in request.form, request.remote_addr)
    _sign_in(account)
    db.session.commit()
    flash(outcome.message if outcome else _("이메일 주소를 확인했어요."), "success")
    if account.password is None:
        flash(_("다음에 로그인할 때는 ‘비밀번호를 잊었어요’를 눌러 비밀번호를 새로 정해 주세요."))
    return redirect(_where_to_go(account, outcome, next_path), 303)


def _sign_out_unless_owner(token: str) -> None:
    """Sign out whoever is signed in at this browser, unless the link is theirs. Commits."""
    owner = read_link(token).account
    if owner is not None and owner != current_user:
        logout_user()


def _without_account(state: LinkState) -> ResponseReturnValue:
    """Answer a link that signs nobody in: say why, and go where the next step is."""
    if state is LinkState.USED:
        flash(_("이미 확인한 이메일 주소예요. 로그인해 주세요."))
        return redirect(url_for("security.login"))
    flash(MESSAGES["CONFIRMATION_EXPIRED" if state is LinkState.EXPIRED else "INVALID_CONFIRMATION_TOKEN"][0])
    return redirect(url_for("security.send_confirmation"))


def _sign_in(account: Account) -> None:
    """Sign in by the mailed link. The device becomes a known one: who opens the mail owns the account."""
    login_user(account, authn_via=["confirm"])
    remember_device(account.email)
    session.pop(REGISTERED_KEY, None)


def _where_to_go(account: Account, outcome: Outcome | None, next_path: str) -> str:
    if outcome:
        return outcome.path
    if account.waits_for_consent:
        return url_for("guardians.ask")
    return next_path or url_for("thread.mine")
