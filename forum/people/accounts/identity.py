"""Validation of what people enter about themselves: each function returns the value to store or raises InvalidInput."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import email_validator

from forum.core import clock
from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.core.privacy import mask
from forum.core.reference import regions
from forum.core.text import clean_line, comparison_key, refuse_resident_numbers

MIN_NAME_CHARS = 2
MAX_NAME_CHARS = 20
MAX_EMAIL_CHARS = 254
MIN_BIRTH_YEAR = 1900
GMAIL = ("gmail.com", "googlemail.com")
GUARDIAN_CONSENT_AGE = 14
"""Under this age a guardian must consent (PIPA 22-2). People who turn it this year or later also enter the day."""

RESERVED_NAMES = (
    *("관리자", "운영자", "운영진", "운영팀", "사무국", "시스템", "정부", "대한민국정부", "대통령실", "국무조정실"),
    *("탄소중립국민포럼", "국민포럼", "분석가", "모임진행자", "소관부처", "협의회", "협의회위원", "방문자", "익명"),
    *("admin", "administrator", "root", "system", "moderator", "operator", "staff", "official"),
)
# Affixes that make a reserved name look official: 환경부 공식, 관리자2.
_OFFICIAL_AFFIXES = re.compile(r"^(?:공식|진짜)+|(?:공식|계정|담당자|담당|직원|공무원|님|[0-9_.\-*])+$")
# Cyrillic letters that look like Latin ones.
_LOOK_ALIKES = str.maketrans("аеорсухіјѕԁмтни", "aeopcyxijsdmthu")


def validate_fields(**checks: Callable[[], Any]) -> dict[str, Any]:
    """Run all checks and return their values by name, so that all errors are reported together.

    :raise InvalidInput: with the messages of all checks that failed
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, check in checks.items():
        try:
            values[name] = check()
        except InvalidInput as error:
            errors |= error.errors
    if errors:
        raise InvalidInput(errors)
    return values


def email_key(email: str | None) -> str:
    """Return the one key of an address, however it is spelled.

    Accounts are unique by it and looked up by it, and failed sign-ins are counted by it: a second way to normalise
    would let a spelling find an account without being counted as a guess at it. All spellings that `email_address`
    takes for one address have one key.

    :return: "", which no account has, for what cannot be an address: control characters, too long, or nothing
    """
    try:
        return email_address(email).casefold()
    except InvalidInput:  # such as …@sample.invalid, to which no mail can be sent
        text = (email or "").strip()
    key = folded(text) if len(text) <= MAX_EMAIL_CHARS else ""
    is_readable = not any(unicodedata.category(char) in {"Cc", "Cs"} for char in key)
    return key if is_readable and len(key) <= MAX_EMAIL_CHARS else ""


def folded(text: str) -> str:
    """Return a part of an address in the form of `email_key`, to search with."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def email_address(value: str | None, field: str = "email") -> str:
    """Return a valid address in NFKC (so that ＠ becomes @); the letter case before the @ is kept.

    :raise InvalidInput: not an address, too long, or with letters that mail servers commonly reject
    """
    if len((value or "").strip()) > MAX_EMAIL_CHARS:  # before the slow part
        raise _wrong_address(field)
    text = clean_line(value, field, "이메일", max_chars=MAX_EMAIL_CHARS)
    try:
        # The domain may be 한국.kr; a local part outside ASCII would need SMTPUTF8 on every server.
        found = email_validator.validate_email(
            unicodedata.normalize("NFKC", text), check_deliverability=False, allow_smtputf8=False
        )
    except email_validator.EmailNotValidError as error:
        raise _wrong_address(field) from error
    return str(found.ascii_email)


def shown_name(value: str | None, field: str = "display_name") -> str:
    """Return a display name of 2 to 20 characters without personal data.

    :raise InvalidInput:
    """
    name = clean_line(value, field, "이름(별명)", max_chars=MAX_NAME_CHARS, min_chars=MIN_NAME_CHARS)
    refuse_resident_numbers(name, field)
    if mask(name).kinds:
        raise InvalidInput({field: "이름은 누구나 봐요. 전화번호나 이메일 말고 다른 이름을 골라 주세요."})
    return name


def unreserved_name(value: str | None) -> str:
    """Return a display name as `shown_name` does, which is not reserved for staff.

    :raise InvalidInput:
    """
    name = shown_name(value)
    refuse_reserved_name(name)
    return name


def refuse_reserved_name(name: str, ministries: Iterable[str] = (), field: str = "display_name") -> None:
    """Refuse names that look like staff or a ministry.

    :raise InvalidInput: `name` is reserved or a ministry's, perhaps with an official-looking affix
    """
    reserved = {comparison_key(word) for word in (*RESERVED_NAMES, *ministries)}
    key = _without_joiners(comparison_key(name)).translate(_LOOK_ALIKES)
    if key in reserved or _OFFICIAL_AFFIXES.sub("", key) in reserved:
        raise InvalidInput({field: "운영진이나 정부 기관으로 보이는 이름은 쓸 수 없어요. 다른 이름을 골라 주세요."})


def mailbox_key(email: str) -> str:
    """Return the key of an address's mailbox: `email_key` without what mail services ignore (+tags; dots at Gmail).

    Addresses with the same key belong to one person: they have one account, and no child is its own guardian.

    :return: "" for what cannot be an address
    """
    if not email_key(email):
        return ""
    local, _, domain = email_key(email).rpartition("@")
    local = local.partition("+")[0]
    if domain in GMAIL:
        local, domain = local.replace(".", ""), GMAIL[0]
    return f"{local}@{domain}"


def birth(year: int | None, born: date | None) -> tuple[int, date | None]:
    """Return the year of birth and, for somebody under 14, the day until which a guardian must consent.

    :param born: used only if the year leaves open whether the person is 14; never stored
    :raise InvalidInput: no valid year, or a date that is missing or does not match it
    """
    year = year_of_birth(year)
    today = clock.today()
    if today.year - year > GUARDIAN_CONSENT_AGE:
        return year, None
    if born is None:
        raise InvalidInput({"birth_date": f"{today.year - GUARDIAN_CONSENT_AGE}년부터는 태어난 날짜도 골라 주세요."})
    if born.year != year or born > today:
        raise InvalidInput({"birth_date": "태어난 해와 날짜가 서로 맞는지 봐 주세요."})
    until = day_of_turning(GUARDIAN_CONSENT_AGE, born)
    return year, until if until > today else None


def birth_columns(values: dict[str, Any]) -> dict[str, Any]:
    """Return `values` with an account's columns in place of `birth`, which is what `birth()` returned."""
    birth_year, until = values["birth"]
    others = {name: value for name, value in values.items() if name != "birth"}
    return others | {"birth_year": birth_year, "needs_consent_until": until, "waits_for_consent": until is not None}


def day_of_turning(age: int, born: date) -> date:
    """Return the first day on which somebody is this old.

    Born on 29 February: 1 March of a common year (민법 160조 3항: a period whose last month has no such day ends with
    that month, so the year of age is complete at the end of February).
    """
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def year_of_birth(value: int | None, field: str = "birth_year") -> int:
    """Return a year from 1900 to the present one.

    :raise InvalidInput:
    """
    this_year = clock.today().year
    if value is None:
        raise InvalidInput({field: "태어난 해를 입력해 주세요. 예: 2008"})
    if not MIN_BIRTH_YEAR <= value <= this_year:
        raise InvalidInput({field: f"태어난 해는 {MIN_BIRTH_YEAR}부터 {this_year} 사이의 숫자로 써 주세요."})
    return value


def region(value: str | None, field: str = "region_code") -> str | None:
    """Return a region's code, or None if none was chosen.

    :raise InvalidInput: not a region of `data/regions.csv`
    """
    if not value:
        return None
    if value not in regions():
        raise InvalidInput({field: "목록에 있는 지역을 골라 주세요."})
    return value


def _wrong_address(field: str) -> InvalidInput:
    return InvalidInput({field: _("이메일 주소를 다시 확인해 주세요. 예: name@example.kr")})


def _without_joiners(text: str) -> str:
    """Remove invisible format characters: 관리자 with a joiner inside still reads 관리자."""
    return "".join(char for char in text if unicodedata.category(char) != "Cf")
