from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from forum.core.errors import ForumError
from forum.core.i18n import _, _l
from forum.response.dataneeds.deciding import MAX_REASON_CHARS as MAX_SETTLE_CHARS
from forum.response.datasets.models import MAX_ADDRESS_CHARS, Dataset, Sensitivity
from forum.response.datauses.charting import MAX_CHART_CHARS, TypedChart, typed_lines
from forum.response.datauses.models import (
    MAX_CHART_TITLE_CHARS,
    MAX_DATASETS,
    MAX_EFFECT_CHARS,
    MAX_FINDING_CHARS,
    MAX_REASON_CHARS,
    MAX_TITLE_CHARS,
    MAX_UNIT_CHARS,
    WORDS,
    DataUse,
)
from forum.response.datauses.services import UseWords
from forum.web.forms import ForumForm, hidden_number


class SeenForm(ForumForm):
    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


def _dataset_field(label: object) -> SelectField:
    return SelectField(label, choices=[], coerce=lambda typed: hidden_number(str(typed)), validate_choice=False)


class UseForm(SeenForm):
    title = StringField(_l("알게 된 것을 한 문장으로"), render_kw={"maxlength": MAX_TITLE_CHARS})
    dataset_1 = _dataset_field(_l("어느 자료로 알게 됐나요"))
    dataset_2 = _dataset_field(_l("함께 쓴 자료 2"))
    dataset_3 = _dataset_field(_l("함께 쓴 자료 3"))
    dataset_4 = _dataset_field(_l("함께 쓴 자료 4"))
    dataset_5 = _dataset_field(_l("함께 쓴 자료 5"))
    finding = TextAreaField(_l("무엇을 알게 됐나요"), render_kw={"rows": 6, "maxlength": MAX_FINDING_CHARS})
    effect = TextAreaField(_l("그래서 무엇이 달라졌나요"), render_kw={"rows": 3, "maxlength": MAX_EFFECT_CHARS})
    chart_title = StringField(_l("그림 제목"), render_kw={"maxlength": MAX_CHART_TITLE_CHARS})
    chart_unit = StringField(_l("단위"), render_kw={"maxlength": MAX_UNIT_CHARS})
    chart_rows = TextAreaField(_l("막대의 이름과 수"), render_kw={"rows": 6, "maxlength": MAX_CHART_CHARS})
    code_url = StringField(
        _l("계산한 코드의 주소"), render_kw={"maxlength": MAX_ADDRESS_CHARS, "inputmode": "url", "autocomplete": "off"}
    )

    @classmethod
    def of(cls, use: DataUse) -> UseForm:
        """Return the form with what its author typed."""
        typed = {name: getattr(use, f"{name}_typed") or getattr(use, name) for name in WORDS}
        chart = {"chart_title": use.chart_title, "chart_unit": use.chart_unit, "chart_rows": typed_lines(use)}
        return cls(formdata=None, data=typed | chart | {"code_url": use.code_url} | _chosen(use.datasets))

    @classmethod
    def empty(cls, datasets: Sequence[Dataset]) -> UseForm:
        """Return the form with these datasets chosen."""
        return cls(formdata=None, data=_chosen(datasets))

    @property
    def further_datasets(self) -> list[SelectField]:
        return list(self._dataset_fields())[1:]

    @property
    def has_further(self) -> bool:
        return any((field.data or 0) > 0 for field in self.further_datasets)

    @property
    def has_chart(self) -> bool:
        """Whether a part of the chart was typed, or is wrong."""
        fields = (self.chart_title, self.chart_unit, self.chart_rows)
        return any(field.data or field.errors for field in fields)

    def offer(self, datasets: Sequence[Dataset]) -> None:
        """Let people choose among these datasets."""
        choices = [SelectChoice(one.id, _dataset_words(one)) for one in datasets]
        for field in self._dataset_fields():
            field.choices = [SelectChoice("", _("고르지 않음")), *choices]

    def chosen_ids(self) -> set[int]:
        """Return the ids that were sent; nonsense names nothing, so it is refused as an unknown dataset is."""
        sent = self._sent()
        return {int(field.data or -1) for field in self._dataset_fields() if sent.get(field.name)}

    def words(self) -> UseWords:
        chart = TypedChart(self.chart_title.data or "", self.chart_unit.data or "", self.chart_rows.data or "")
        typed = (self.title.data, self.finding.data, self.effect.data, self.code_url.data)
        title, finding, effect, code_url = (one or "" for one in typed)
        return UseWords(title, finding, effect, code_url, chart)

    def add_errors(self, error: ForumError) -> None:
        """Show each wrong line of the chart as a message of its own."""
        super().add_errors(error)
        self.chart_rows.errors = [line for message in self.chart_rows.errors for line in str(message).split("\n")]

    def _field_name(self, named: str) -> str:
        return "dataset_1" if named == "datasets" else named

    def _sent(self) -> dict[str, str]:
        submitted = self.submitted()
        return {name: str(submitted.get(name, "")).strip() for name in submitted} if submitted else {}

    def _dataset_fields(self) -> Iterator[SelectField]:
        for number in range(1, MAX_DATASETS + 1):
            yield self[f"dataset_{number}"]


class ReturnForm(SeenForm):
    reason = TextAreaField(_l("돌려보내는 까닭"), render_kw={"rows": 4, "maxlength": MAX_REASON_CHARS})


class SettleForm(SeenForm):
    seen_need = HiddenField()
    reason = TextAreaField(_l("무엇으로 풀렸나요"), render_kw={"rows": 4, "maxlength": MAX_SETTLE_CHARS})

    def seen_need_revision(self) -> int:
        return hidden_number(self.seen_need.data)


def _chosen(datasets: Collection[Dataset]) -> dict[str, int]:
    return {f"dataset_{number}": one.id for number, one in enumerate(list(datasets)[:MAX_DATASETS], start=1)}


def _dataset_words(dataset: Dataset) -> str:
    words = f"{dataset.title} · {dataset.holder.name}"
    if dataset.sensitivity is Sensitivity.OPEN:
        return words
    return _("%(words)s (공개 전에 확인)", words=words)
