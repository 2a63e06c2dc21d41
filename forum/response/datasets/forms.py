from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from wtforms import Form, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.database import LabelledEnum
from forum.core.errors import InvalidInput, Mistakes
from forum.core.i18n import _, _l
from forum.core.reference import Sector
from forum.response.datasets.editions import MAX_CHANGES_CHARS, MAX_DISTRIBUTIONS, Address
from forum.response.datasets.holders import MAX_HOLDER_CHARS, MAX_OFFICE_CHARS
from forum.response.datasets.models import (
    MAX_ADDRESS_CHARS,
    MAX_SUMMARY_CHARS,
    MAX_TITLE_CHARS,
    DataHolder,
    Dataset,
    DatasetVersion,
    FileFormat,
    HolderKind,
    Licence,
    Refresh,
    Sensitivity,
)
from forum.response.datasets.services import (
    MAX_NOTE_CHARS,
    MAX_REASON_CHARS,
    MAX_ROW_CHARS,
    MAX_TERMS_CHARS,
    Description,
)
from forum.web.forms import DayField, FieldList, ForumForm, NumberField, hidden_number, region_choices

Code = TypeVar("Code", bound=LabelledEnum)


def _choices(codes: type[LabelledEnum]) -> list[SelectChoice]:
    return [SelectChoice(one.name, one.label) for one in codes]


def _regions() -> list[SelectChoice]:
    return region_choices(str(_("전국")))


def chosen(codes: type[Code], name: str | None, field: str) -> Code:
    """Return the code of this name.

    :raise InvalidInput: there is none
    """
    found = codes.__members__.get(name or "")
    if found is None:
        raise InvalidInput({field: _("하나를 골라 주세요.")})
    return found


class SeenForm(ForumForm):
    """An act on something that others change: it carries the revision that its page showed."""

    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


class HolderForm(SeenForm):
    name = StringField(_l("기관 이름"), render_kw={"maxlength": MAX_HOLDER_CHARS})
    kind = SelectField(_l("종류"), choices=lambda: _choices(HolderKind), validate_choice=False)
    homepage = StringField(_l("누리집 주소"), render_kw={"maxlength": MAX_ADDRESS_CHARS, "type": "url"})
    contact_office = StringField(_l("연락받는 부서"), render_kw={"maxlength": MAX_OFFICE_CHARS})
    contact_email = StringField(_l("부서의 이메일"), render_kw={"maxlength": 254, "type": "email"})

    @classmethod
    def of(cls, holder: DataHolder) -> HolderForm:
        names = ("name", "homepage", "contact_office", "contact_email")
        return cls(data={name: getattr(holder, name) for name in names} | {"kind": holder.kind.name})

    def typed(self) -> tuple[str, HolderKind, str, str, str]:
        """:raise InvalidInput: no kind"""
        kind = chosen(HolderKind, self.kind.data, "kind")
        texts = [field.data or "" for field in (self.name, self.homepage, self.contact_office, self.contact_email)]
        return texts[0], kind, texts[1], texts[2], texts[3]


class StewardForm(SeenForm):
    email = StringField(_l("담당자 계정의 이메일"), render_kw={"maxlength": 254, "type": "email"})


class DescriptionForm(SeenForm):
    title = StringField(_l("자료 이름"), render_kw={"maxlength": MAX_TITLE_CHARS})
    summary = TextAreaField(_l("어떤 자료인가요"), render_kw={"maxlength": MAX_SUMMARY_CHARS, "rows": 5})
    row_means = StringField(_l("한 줄은 무엇인가요"), render_kw={"maxlength": MAX_ROW_CHARS})
    keywords = StringField(_l("찾는 말"), render_kw={"maxlength": 400})
    sector = SelectField(_l("부문"), choices=lambda: _choices(Sector), validate_choice=False)
    region_code = SelectField(_l("지역"), choices=_regions, validate_choice=False)
    period_from = DayField(_l("담긴 기간의 첫날"), validators=[Optional()])
    period_until = DayField(_l("담긴 기간의 마지막 날"), validators=[Optional()])
    refresh = SelectField(_l("새로 나오는 때"), choices=lambda: _choices(Refresh), validate_choice=False)
    sensitivity = SelectField(_l("누가 받을 수 있나요"), choices=lambda: _choices(Sensitivity), validate_choice=False)
    licence = SelectField(_l("이용 허락"), choices=lambda: _choices(Licence), validate_choice=False)
    terms = TextAreaField(_l("이용 조건"), render_kw={"maxlength": MAX_TERMS_CHARS, "rows": 5})
    price_won = NumberField(_l("가격(원)"), validators=[Optional()], render_kw={"min": 0})

    @classmethod
    def of(cls, dataset: Dataset) -> DescriptionForm:
        values: dict[str, Any] = dict(vars(Description.of(dataset)))
        codes = {name: value.name for name, value in values.items() if isinstance(value, LabelledEnum)}
        return cls(data=values | codes)

    def typed(self) -> Description:
        """:raise InvalidInput: one of the choices was not made"""
        mistakes, values = Mistakes(), self.values()
        kinds: dict[str, type[LabelledEnum]] = {
            "sector": Sector,
            "refresh": Refresh,
            "sensitivity": Sensitivity,
            "licence": Licence,
        }
        for name, codes in kinds.items():
            with mistakes.noted():
                values[name] = chosen(codes, values[name], name)
        mistakes.raise_if_any()
        days = {name: values[name] for name in ("period_from", "period_until")}
        rest = {name: values[name] or "" for name in Description.__dataclass_fields__ if name not in days}
        return Description(**(rest | days | {"price_won": values["price_won"] or 0}))


class EndForm(SeenForm):
    reason = StringField(_l("끝내는 까닭"), render_kw={"maxlength": MAX_REASON_CHARS})


class DictionaryForm(SeenForm):
    columns = TextAreaField(_l("데이터 사전"), render_kw={"rows": 12, "spellcheck": "false"})


class RowsForm(SeenForm):
    rows = TextAreaField(_l("예시 행"), render_kw={"rows": 10, "spellcheck": "false"})


class AddressRow(Form):
    title = StringField(_l("이름"), render_kw={"maxlength": MAX_TITLE_CHARS})
    access_url = StringField(_l("화면 주소"), render_kw={"maxlength": MAX_ADDRESS_CHARS, "type": "url"})
    download_url = StringField(_l("파일 주소"), render_kw={"maxlength": MAX_ADDRESS_CHARS, "type": "url"})
    format = SelectField(_l("형식"), choices=lambda: _choices(FileFormat), validate_choice=False)
    size_bytes = NumberField(_l("크기(바이트)"), validators=[Optional()], render_kw={"min": 0})


class AddressesForm(SeenForm):
    rows = FieldList(FormField(AddressRow), _l("주소"), max_entries=MAX_DISTRIBUTIONS)

    @classmethod
    def of(cls, version: DatasetVersion) -> AddressesForm:
        names = ("title", "access_url", "download_url", "size_bytes")
        rows = [
            {name: getattr(one, name) for name in names} | {"format": one.format.name} for one in version.distributions
        ]
        empty: Sequence[dict[str, Any]] = [{}] if len(rows) < MAX_DISTRIBUTIONS else []
        return cls(data={"rows": [*rows, *empty]})

    def typed(self) -> list[Address]:
        """Return the rows in which something was typed; the others are taken away.

        :raise InvalidInput: a row without a format
        """
        rows: list[Address] = []
        self._typed_rows: list[str] = []
        for row in self.rows:
            texts = {name: row[name].data or "" for name in ("title", "access_url", "download_url")}
            if any(text.strip() for text in texts.values()):
                kind = chosen(FileFormat, row["format"].data, row["format"].name)
                self._typed_rows.append(row.name)
                rows.append(Address(format=kind, size_bytes=row["size_bytes"].data, **texts))
        return rows

    def _field_name(self, named: str) -> str:
        """Return the page's field: the service counts the rows without the empty ones."""
        name, _dash, rest = named.partition("-")
        n, _dash, part = rest.partition("-")
        return f"{self._typed_rows[int(n)]}-{part}" if name == "rows" and n.isdigit() and part in _PARTS else named


_PARTS = frozenset({"title", "access_url", "download_url", "size_bytes"})


class PublishForm(SeenForm):
    changes = TextAreaField(_l("앞의 판과 달라진 점"), render_kw={"maxlength": MAX_CHANGES_CHARS, "rows": 4})


class NoteForm(SeenForm):
    number = SelectField(_l("어느 판인가요"), validate_choice=False)
    text = TextAreaField(_l("품질 메모"), render_kw={"maxlength": MAX_NOTE_CHARS, "rows": 4})

    def offer(self, versions: Sequence[DatasetVersion]) -> None:
        all_versions = SelectChoice("", _("모든 판"))
        self.number.choices = [
            all_versions,
            *(SelectChoice(str(one.number), _("%(n)s판", n=one.number)) for one in versions),
        ]

    def chosen_number(self) -> int | None:
        """Return the number of the chosen version; None for all, -1 for what is none."""
        return hidden_number(self.number.data) if self.number.data else None
