"""Exceptions of the forum. `web.error_pages` answers them as a page or as JSON.

    ForumError
    ├── InvalidInput        400  input is invalid; one message per field
    ├── NotSignedIn         401  sign in first
    ├── Forbidden           403  this person may not do this
    ├── NotFound            404  no such thing, or not visible to this person
    ├── WrongState          409  the current state does not allow this
    ├── Gone                410  it was here once, and is not given out any more
    ├── MustAgree           409  agree to the present terms first
    ├── TooManyAttempts     429  wait; the response says how long
    └── ServiceUnavailable  503  too much to do at the moment

Messages are Korean sentences for the user.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar
from urllib.parse import urlencode

from forum.core.i18n import _, _l


class ForumError(Exception):
    """Base of every error that is shown to the user.

    :cvar title: the page's heading
    :cvar explanation: what happened, where nobody says it better; the title if empty
    :cvar advice: what to do next
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = _l("문제가 생겼어요")
    explanation: ClassVar[str] = ""
    advice: ClassVar[str] = _l("잠시 뒤 다시 해 주세요.")
    help_link: ClassVar[tuple[str, str] | None] = None  # text and path of a page that helps

    def __init__(self, message: str = "") -> None:
        super().__init__(str(message or self.explanation or self.title))

    @property
    def message(self) -> str:
        return str(self)


class InvalidInput(ForumError):
    """The input is invalid.

    :param errors: field name -> Korean message; the empty name stands for the form as a whole
    """

    status = 400
    title = _l("입력한 내용을 확인해 주세요")
    advice = _l("앞 화면으로 돌아가 이 내용을 고친 뒤 다시 보내 주세요.")

    def __init__(self, errors: Mapping[str, str] | str) -> None:
        self.errors: dict[str, str] = {"": errors} if isinstance(errors, str) else dict(errors)
        super().__init__(" ".join(self.errors.values()))


class Mistakes:
    """The mistakes of one input, so that its writer hears of all of them at once.

    ```
    mistakes = Mistakes()
    with mistakes.noted():
        title = clean_line(typed, "title", "제목", max_chars=100)
    mistakes.raise_if_any()
    ```
    """

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}

    def add(self, field: str, message: str) -> None:
        """Note a mistake. Only the first one of a field is told."""
        self.errors.setdefault(field, message)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note what the block refuses, and go on after it."""
        try:
            yield
        except InvalidInput as refused:
            for field, message in refused.errors.items():
                self.add(field, message)

    def raise_if_any(self) -> None:
        """:raise InvalidInput: with all mistakes that were noted"""
        if self.errors:
            raise InvalidInput(self.errors)


class NotSignedIn(ForumError):
    status = 401
    title = _l("로그인이 필요해요")
    explanation = _l("로그인한 사람만 할 수 있는 일이에요.")
    advice = _l("로그인한 뒤 다시 해 주세요.")


class Forbidden(ForumError):
    status = 403
    title = _l("이 계정으로는 할 수 없어요")
    explanation = _l("맡은 사람만 볼 수 있거나 할 수 있는 일이에요.")
    advice = _l("이 일을 맡은 계정이 따로 있으면 그 계정으로 로그인해 주세요.")


class NotFound(ForumError):
    status = 404
    title = _l("찾는 화면이 없어요")
    explanation = _l("주소가 틀렸거나, 지워졌거나, 공개하지 않는 화면이에요.")
    advice = _l("주소를 다시 확인하거나, 위의 메뉴나 ‘찾기’에서 찾아 주세요.")


class WrongState(ForumError):
    status = 409
    title = _l("지금은 할 수 없어요")
    explanation = _l("이 화면을 연 뒤에 달라진 것이 있어요.")
    advice = _l("화면을 다시 열어 지금은 어떤지 확인해 주세요.")


class Gone(ForumError):
    """The thing was here, and is not given out any more."""

    status = 410
    title = _l("이제는 받을 수 없어요")
    advice = _l("같은 주소의 화면에서 까닭을 볼 수 있어요.")


class MustAgree(ForumError):
    """The consent or the terms have a version that this person has not agreed to. What they typed is kept.

    :param path: the page to return to
    """

    status = 409
    title = _l("먼저 동의해 주세요")
    advice = _l("쓰던 글은 남아 있어요. 동의한 뒤 쓰던 화면에서 다시 보내 주세요.")

    def __init__(self, path: str = "") -> None:
        query = urlencode({"next": path}) if path else ""
        self.help_link = (_("읽고 동의하기"), f"/policies/agree?{query}".rstrip("?"))  # type: ignore[misc]
        super().__init__(_("개인정보 수집·이용 동의나 이용약관이 바뀌었어요."))


class TooManyAttempts(ForumError):
    """Too many attempts in a short time.

    :param wait: seconds until the next attempt is allowed
    """

    status = 429
    title = _l("잠깐 쉬었다가 해 주세요")
    advice = _l("기다리는 동안에는 다시 눌러도 되지 않아요.")

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


class ServiceUnavailable(ForumError):
    """The request cannot be handled now. Nothing of it was stored.

    :param wait: seconds until it may be sent again; None as after an outage of the database
    """

    status = 503
    title = _l("지금은 쓰는 사람이 많아요")
    explanation = _l("앞선 일을 끝내느라 이 일은 하지 못했어요.")
    advice = _l("몇 초 뒤 다시 해 주세요.")

    def __init__(self, message: str = "", wait: int | None = None) -> None:
        super().__init__(message)
        self.wait = wait
