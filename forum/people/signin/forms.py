from __future__ import annotations

from typing import Any

from flask_login import current_user
from flask_security import (
    ChangePasswordForm,
    ForgotPasswordForm,
    LoginForm,
    ResetPasswordForm,
    SendConfirmationForm,
)
from flask_security.forms import EqualToLocalize, RequiredLocalize, valid_user_email
from flask_security.utils import get_message, hash_password, validate_redirect_url
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import Optional

from forum.core import clock
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.people.accounts.identity import GUARDIAN_CONSENT_AGE, email_address
from forum.people.accounts.models import Account
from forum.people.signin.security import check_credentials
from forum.web.forms import DayField, ForumForm, NumberField, region_choices

EMAIL = {"autocomplete": "email", "inputmode": "email"}
OLD_PASSWORD = {"autocomplete": "current-password"}
NEW_PASSWORD = {"autocomplete": "new-password"}


class KoreanMeta(FlaskForm.Meta):
    locales = ["ko"]


class RegisterForm(ForumForm):
    """What is needed to create an account. The service validates it."""

    email = EmailField("이메일", render_kw=EMAIL)
    display_name = StringField("이름(별명)", render_kw={"autocomplete": "nickname"})
    password = PasswordField("비밀번호", render_kw=NEW_PASSWORD)
    birth_year = NumberField("태어난 해", validators=[Optional()], render_kw={"inputmode": "numeric"})
    birth_date = DayField("태어난 날짜", validators=[Optional()], render_kw={"autocomplete": "bday"})
    region_code = SelectField("사는 지역 (선택)", choices=region_choices, default="")
    agree_region = BooleanField(_l("사는 지역의 수집·이용에 동의합니다 (선택)"))
    agree_consent = NumberField(_l("개인정보 수집·이용에 동의합니다 (필수)"), validators=[Optional()])
    agree_terms = NumberField(_l("이용약관에 동의합니다 (필수)"), validators=[Optional()])
    next = HiddenField()

    @property
    def first_year_asked(self) -> int:
        """Return the first year of birth that leaves open whether somebody is 14."""
        return clock.today().year - GUARDIAN_CONSENT_AGE

    @property
    def asks_for_date(self) -> bool:
        """Return whether the typed year asks for the date too."""
        year: Any = self.birth_year.data
        return bool(self.birth_date.errors) or (year is not None and year >= self.first_year_asked)

    def account_values(self) -> dict[str, Any]:
        """Return the values that describe the account, and the versions that were agreed to."""
        return {name: value for name, value in self.values().items() if name != "next"}


class SignInForm(LoginForm):
    """Address and password. The response is the same whichever of them is wrong."""

    Meta = KoreanMeta
    email = EmailField("이메일", render_kw=EMAIL)
    password = PasswordField("비밀번호", render_kw=OLD_PASSWORD)
    remember = BooleanField("이 기기에서 로그인 상태 유지")
    next = HiddenField()
    submit = None

    def validate_next(self, field: HiddenField) -> None:
        """Drop an address of another site without an error: the person did not type it."""
        if field.data and not validate_redirect_url(field.data):
            field.data = ""

    def validate(self, **kwargs: Any) -> bool:
        """Check the password by `check_credentials`: the library's check would hold SQLite's write lock meanwhile."""
        if not FlaskForm.validate(self, **kwargs):
            return False
        if not self.email.data or not self.password.data:
            self.form_errors.append("이메일과 비밀번호를 모두 입력해 주세요.")
            return False
        self.user = check_credentials(self.email.data, self.password.data)
        if self.user is None:
            self.form_errors.append(get_message("GENERIC_AUTHN_FAILED")[0])
            return False
        return True


class EmailAddressMixin:
    """The address that a link is mailed to if it has an account. Reports invalid addresses, not unknown ones."""

    email = EmailField("이메일", render_kw=EMAIL, validators=[valid_user_email])

    def validate(self, **kwargs: Any) -> bool:
        try:
            email_address(self.email.data)
        except InvalidInput as error:
            # A form error: the library clears field errors, so that nobody learns which addresses have accounts.
            self.form_errors.extend(error.errors.values())  # type: ignore[attr-defined]
            return False
        return bool(super().validate(**kwargs))  # type: ignore[misc]


class ResetRequestForm(EmailAddressMixin, ForgotPasswordForm):
    """Requests a link for a new password."""

    Meta = KoreanMeta
    submit = None

    def validate(self, **kwargs: Any) -> bool:
        valid = super().validate(**kwargs)
        if valid:
            hash_password("not-a-password")  # the library does this for unknown addresses only; now both take as long
        return valid


class ConfirmationRequestForm(EmailAddressMixin, SendConfirmationForm):
    """Requests another confirmation link."""

    Meta = KoreanMeta
    submit = None

    def validate(self, **kwargs: Any) -> bool:
        hash_password("not-a-password")  # takes much longer than a mail, so that response times reveal nothing
        return super().validate(**kwargs)


class PasswordResetForm(ResetPasswordForm):
    """A new password, set by a mailed link."""

    Meta = KoreanMeta
    password = PasswordField(
        "새 비밀번호", render_kw=NEW_PASSWORD, validators=[RequiredLocalize(message="PASSWORD_NOT_PROVIDED")]
    )
    password_confirm = PasswordField(
        "새 비밀번호 한 번 더",
        render_kw=NEW_PASSWORD,
        validators=[EqualToLocalize("password", message="RETYPE_PASSWORD_MISMATCH")],
    )
    submit = None


class PasswordChangeForm(ChangePasswordForm):
    """A new password, set by somebody who knows the present one."""

    Meta = KoreanMeta
    password = PasswordField("지금 비밀번호", render_kw=OLD_PASSWORD)
    new_password = PasswordField(
        "새 비밀번호", render_kw=NEW_PASSWORD, validators=[RequiredLocalize(message="PASSWORD_NOT_PROVIDED")]
    )
    new_password_confirm = PasswordField(
        "새 비밀번호 한 번 더",
        render_kw=NEW_PASSWORD,
        validators=[EqualToLocalize("new_password", message="RETYPE_PASSWORD_MISMATCH")],
    )
    submit = None

    def validate(self, **kwargs: Any) -> bool:
        """Check the present password, then lock the account: meanwhile it may have been changed, or its owner gone."""
        account = current_user._get_current_object()
        checked = account.password
        if not super().validate(**kwargs):
            return False
        db.session.refresh(account, with_for_update={"of": Account})
        if account.active and account.password == checked:
            return True
        self.password.errors = [get_message("INVALID_PASSWORD")[0]]
        return False
