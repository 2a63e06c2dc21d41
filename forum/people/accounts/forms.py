from __future__ import annotations

from typing import Any

from flask import request
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
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.access import Role
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.reference import regions
from forum.people.accounts.attempts import begin_attempt, note_success
from forum.people.accounts.devices import device_for, remember_device
from forum.people.accounts.identity import email_address
from forum.people.accounts.models import Account, CouncilSeat
from forum.people.accounts.services import GRANTABLE, account_for_sign_in
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import all_ministries, get_ministry
from forum.web.forms import DayField, ForumForm, NumberField

EMAIL = {"autocomplete": "email", "inputmode": "email"}
OLD_PASSWORD = {"autocomplete": "current-password"}
NEW_PASSWORD = {"autocomplete": "new-password"}


class KoreanMeta(FlaskForm.Meta):
    locales = ["ko"]


def region_choices() -> list[SelectChoice]:
    return [SelectChoice("", "고르지 않음"), *(SelectChoice(it.code, it.name) for it in regions().values())]


def ministry_choices() -> list[SelectChoice]:
    return [SelectChoice("", "해당 없음"), *(SelectChoice(it.code, it.name) for it in all_ministries())]


class RegisterForm(ForumForm):
    """Who somebody is. The service judges all of it."""

    email = EmailField("이메일", render_kw=EMAIL)
    display_name = StringField("이름(별명)", render_kw={"autocomplete": "nickname"})
    password = PasswordField("비밀번호", render_kw=NEW_PASSWORD)
    birth_year = NumberField("태어난 해", validators=[Optional()], render_kw={"inputmode": "numeric"})
    birth_date = DayField("태어난 날짜", validators=[Optional()], render_kw={"autocomplete": "bday"})
    region_code = SelectField("사는 지역 (선택)", choices=region_choices, default="")


class ProfileForm(ForumForm):
    display_name = StringField("이름(별명)", render_kw={"autocomplete": "nickname"})
    region_code = SelectField("사는 지역 (선택)", choices=region_choices, default="")

    @staticmethod
    def prefilled(account: Account) -> dict[str, str]:
        return {"display_name": account.display_name, "region_code": account.region_code or ""}


class GrantForm(ForumForm):
    """A role, with the ministry or the seat that it needs."""

    role = SelectField("역할", choices=[SelectChoice(role.name, role.label) for role in GRANTABLE])
    ministry = SelectField("소관부처 (소관부처 담당자만)", choices=ministry_choices, default="")
    council_seat = SelectField(
        "위원 구분 (협의회 위원만)",
        choices=[SelectChoice("", "해당 없음"), *(SelectChoice(seat.name, seat.label) for seat in CouncilSeat)],
        default="",
    )

    can_approve_answers = BooleanField("결재권: 같은 부처의 다른 담당자가 쓴 답변을 승인할 수 있음 (소관부처 담당자만)")

    def chosen(self) -> tuple[Role, Ministry | None, CouncilSeat | None, bool]:
        ministry = get_ministry(self.ministry.data) if self.ministry.data else None
        seat = CouncilSeat[self.council_seat.data] if self.council_seat.data else None
        return Role[self.role.data], ministry, seat, bool(self.can_approve_answers.data)

    @staticmethod
    def prefilled(account: Account) -> dict[str, object]:
        """The role in force."""
        if account.grant is None:
            return {}
        seat = account.grant.council_seat
        return {
            "role": account.role.name,
            "council_seat": seat.name if seat else "",
            "can_approve_answers": account.can_approve_answers,
        }


class SignInForm(LoginForm):
    """Address and password. Whatever is wrong with them, the answer is the same."""

    Meta = KoreanMeta
    email = EmailField("이메일", render_kw=EMAIL)
    password = PasswordField("비밀번호", render_kw=OLD_PASSWORD)
    remember = BooleanField("이 기기에서 로그인 상태 유지")
    next = HiddenField()
    submit = None

    def validate_next(self, field: HiddenField) -> None:
        """An address of another site is dropped in silence: it is not what the person typed."""
        if field.data and not validate_redirect_url(field.data):
            field.data = ""

    def validate(self, **kwargs: Any) -> bool:
        """Not the library's: it checks the password with the write lock of SQLite in hand."""
        if not FlaskForm.validate(self, **kwargs):
            return False
        if not self.email.data or not self.password.data:
            self.form_errors.append("이메일과 비밀번호를 모두 입력해 주세요.")
            return False
        attempt_id = begin_attempt(self.email.data, request.remote_addr, device_for(self.email.data)).id
        db.session.commit()  # before the slow part: others that try at the same moment must see it
        self.user = account_for_sign_in(self.email.data, self.password.data)
        db.session.rollback()  # ends what was only reading
        if self.user is None:
            self.form_errors.append(get_message("GENERIC_AUTHN_FAILED")[0])
            return False
        note_success(attempt_id)  # the view commits
        remember_device(self.email.data)
        return True


class AddressForm:
    """An address that a link is sent to, if it is somebody's. A mistyped one is told; an unknown one is not."""

    email = EmailField("이메일", render_kw=EMAIL, validators=[valid_user_email])

    def validate(self, **kwargs: Any) -> bool:
        try:
            email_address(self.email.data)
        except InvalidInput as error:
            # Not beside the field: the library clears what stands there, so that nobody learns who has an account.
            self.form_errors.extend(error.errors.values())  # type: ignore[attr-defined]
            return False
        return bool(super().validate(**kwargs))  # type: ignore[misc]


class ForgottenForm(AddressForm, ForgotPasswordForm):
    Meta = KoreanMeta
    submit = None

    def validate(self, **kwargs: Any) -> bool:
        valid = super().validate(**kwargs)
        if valid:
            hash_password("not-a-password")  # the library does this for unknown addresses: both take as long
        return valid


class ConfirmAgainForm(AddressForm, SendConfirmationForm):
    Meta = KoreanMeta
    submit = None

    def validate(self, **kwargs: Any) -> bool:
        hash_password("not-a-password")  # whether or not a mail is written is little beside it, so nobody can time it
        return super().validate(**kwargs)


class NewPasswordForm(ResetPasswordForm):
    """A new password for whoever holds the link."""

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


class OtherPasswordForm(ChangePasswordForm):
    """A new password for whoever knows the present one."""

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
