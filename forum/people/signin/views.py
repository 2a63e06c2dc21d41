from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.extensions import db
from forum.people.signin.forms import RegisterForm
from forum.people.signin.services import register_account

bp = Blueprint("signin", __name__)  # no routes: `register` replaces a view of Flask-Security
REGISTERED_CHILD = (
    "가입 신청을 받았습니다. 메일함에서 확인 링크를 누르고 로그인해 주세요. "
    "만 14세 미만이면 그다음에 보호자에게 동의를 부탁하는 화면이 나와요."
)
REGISTERED = "가입 신청을 받았습니다. 메일함에서 확인 링크를 누르면 제안하고 공감할 수 있습니다. 이제 로그인해 주세요."


def register() -> ResponseReturnValue:
    """Register an account. `setup` puts this view in place of Flask-Security's at security.register."""
    if current_user.is_authenticated:
        return redirect(url_for("accounts.profile"))
    form = RegisterForm()
    with form.collect_errors():
        if form.validate_on_submit():
            register_account(**form.values())
            db.session.commit()
            flash(REGISTERED_CHILD if form.birth_date.data else REGISTERED, "success")
            return redirect(url_for("security.login"))
    return form.page("security/register_user.html")
