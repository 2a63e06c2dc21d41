from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField
from wtforms import HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional

from forum.core.errors import InvalidInput
from forum.core.i18n import _, _l
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import all_ministries
from forum.people.ministries.search import MAX_TYPED_CHARS, find_ministry, nearest_ministries
from forum.web.forms import DayField, ForumForm, hidden_number
from forum.web.uploads import TYPE_NAMES, Upload, read_upload

LONG = {"maxlength": 5000, "rows": 6}
FILE_HELP = f"5MB까지, {TYPE_NAMES}"


def _cut(text: str | None) -> str | None:
    return text[:MAX_TYPED_CHARS] if text else text


class FileForm(ForumForm):
    """A form with an optional file."""

    upload = FileField(_l("첨부 파일"))

    def file(self) -> Upload | None:
        """Return the uploaded file, if any.

        :raise InvalidInput: too large, or of a type that is not accepted
        """
        return read_upload(self.upload.data, "upload")


class MinistryForm(ForumForm):
    """A form with a choice of ministries: by the code of one that is offered, or by a name that is typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ministries = all_ministries()
        self.by_code = {ministry.code: ministry for ministry in self.ministries}
        self.nearest: dict[str, list[Ministry]] = {}
        """By the field with the name: what may have been meant where no ministry is called so."""

    def chosen(self, field: str, message: str) -> Ministry:
        """Return the ministry that was chosen in `field`, or typed in the field beside it.

        :raise InvalidInput: neither, both at once, a name that no ministry has, or a code that is not on the list
        """
        code, name = self[field].data or "", (self[f"{field}_name"].data or "").strip()
        if not name:
            return self.of_code(code, field, message)
        found = find_ministry(name, self.ministries)
        if found is None and code in self.by_code and self[f"{field}_asked"].data == name:
            return self.by_code[code]  # one of the nearest, after the name was refused
        if found is None:
            raise self._unknown(f"{field}_name", name)
        if code and code != found.code:
            other = _("위에서 고른 부처와 이름을 쓴 부처가 달라요. 이름을 지우거나 고른 것과 같게 해 주세요.")
            raise InvalidInput({f"{field}_name": other})
        return found

    def of_code(self, code: str, field: str, message: str) -> Ministry:
        """Return the ministry with this code.

        :raise InvalidInput: there is none
        """
        if code not in self.by_code:
            raise InvalidInput({field: message})
        return self.by_code[code]

    def _unknown(self, field: str, name: str) -> InvalidInput:
        self.nearest[field] = nearest_ministries(name, self.ministries)
        if self.nearest[field]:
            return InvalidInput(
                {field: _("‘%(name)s’{이라}는 부처가 없어요. 아래에서 고르거나 다시 써 주세요.", name=name)}
            )
        return InvalidInput({field: _("‘%(name)s’{이라}는 부처가 없어요. 이름을 다시 써 주세요.", name=name)})


class ForwardForm(FileForm, MinistryForm):
    """An analyst's letter to a ministry."""

    lead = StringField(_l("주관 부처"))
    lead_name = StringField(_l("주관 부처 이름"), filters=[_cut])
    lead_asked = HiddenField()
    co = SelectMultipleField(_l("함께 볼 부처"), validate_choice=False)
    co_name = StringField(_l("함께 볼 부처 이름"), filters=[_cut])
    co_pick = StringField()
    co_asked = HiddenField()
    letter = TextAreaField(_l("전달 글"), render_kw=LONG)
    due_on = DayField(_l("답변 기한"), validators=[Optional()])
    similar = SelectMultipleField(_l("비슷한 주제의 결과"), validate_choice=False)
    version = HiddenField()

    def similar_themes(self) -> list[int]:
        """Return the ticked themes whose results go along; a malformed one is none that is on offer."""
        return [hidden_number(one) for one in self.similar.data or ()]

    def seen_version(self) -> int:
        """Return the version of the theme that the page showed; a missing or malformed one matches none."""
        return hidden_number(self.version.data)

    def lead_ministry(self) -> Ministry:
        """Return the ministry that is to answer.

        :raise InvalidInput: no ministry chosen, or one that is not on the list
        """
        return self.chosen("lead", _("전달할 부처를 골라 주세요."))

    def co_ministries(self) -> list[Ministry]:
        """Return the co-operating ministries: those that are ticked, and the one whose name is in the box.

        :raise InvalidInput: a ministry that is not on the list
        """
        found = [self.of_code(code, "co", _("목록에 있는 부처를 골라 주세요.")) for code in self.co.data or ()]
        name = (self.co_name.data or "").strip()
        if name:
            picked = self.by_code.get(self.co_pick.data or "") if self.co_asked.data == name else None
            other = find_ministry(name, self.ministries) or picked
            if other is None:
                raise self._unknown("co_name", name)
            found.append(other)
        return list(dict.fromkeys(found))

    def add_co_ministry(self) -> None:
        """Tick the ministry whose name is in the box, and empty the box for the next one.

        :raise InvalidInput: a ministry that is not on the list
        """
        if not (self.co_name.data or "").strip():
            raise InvalidInput({"co_name": _("더할 부처의 이름을 써 주세요.")})
        self.co.data, self.co_name.data = [one.code for one in self.co_ministries()], ""

    def co_chosen(self) -> list[Ministry]:
        """Return the co-operating ministries that are ticked, for the page."""
        return [self.by_code[code] for code in self.co.data or () if code in self.by_code]


class AskCorrectionForm(ForumForm):
    reason = TextAreaField(_l("보완이 필요한 까닭"), render_kw=LONG)
    until_on = DayField(_l("언제까지"), validators=[Optional()])


class CorrectionForm(FileForm):
    text = TextAreaField(_l("보완한 내용"), render_kw=LONG)


class TransferForm(MinistryForm):
    ministry = StringField(_l("이송할 부처"))
    ministry_name = StringField(_l("이송할 부처 이름"), filters=[_cut])
    ministry_asked = HiddenField()
    reason = TextAreaField(_l("이송하는 까닭"), render_kw=LONG)

    def target(self) -> Ministry:
        """Return the ministry to transfer to.

        :raise InvalidInput: no ministry chosen, or one that is not on the list
        """
        return self.chosen("ministry", _("이송할 부처를 골라 주세요."))


class OpinionForm(ForumForm):
    text = TextAreaField(_l("협조 의견"), render_kw=LONG)


class InterimForm(ForumForm):
    text = TextAreaField(_l("어디까지 살펴봤나요"), render_kw={"maxlength": 2000, "rows": 6})
    expected_on = DayField(_l("언제까지 답하려고 하나요"), validators=[Optional()])
    seen = HiddenField()

    def seen_event(self) -> int:
        """Return the newest event that the page showed; a missing or malformed one matches none."""
        return hidden_number(self.seen.data)
