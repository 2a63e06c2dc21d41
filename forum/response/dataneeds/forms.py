from __future__ import annotations

from collections.abc import Sequence

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from forum.core.i18n import _l
from forum.response.dataneeds.deciding import MAX_REASON_CHARS
from forum.response.dataneeds.models import MAX_BENEFIT_CHARS, MAX_QUESTION_CHARS, MAX_WANTED_CHARS, DataNeed
from forum.response.dataneeds.services import NeedWords
from forum.response.datasets.models import Dataset
from forum.web.forms import ForumForm, hidden_number


class SeenForm(ForumForm):
    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


class NeedForm(SeenForm):
    question = StringField(_l("무엇을 알고 싶나요"), render_kw={"maxlength": MAX_QUESTION_CHARS})
    wanted = TextAreaField(
        _l("어떤 자료가 있으면 답할 수 있나요"), render_kw={"rows": 4, "maxlength": MAX_WANTED_CHARS}
    )
    benefit = TextAreaField(
        _l("알게 되면 모두에게 무엇이 좋은가요"), render_kw={"rows": 4, "maxlength": MAX_BENEFIT_CHARS}
    )

    @classmethod
    def of(cls, need: DataNeed) -> NeedForm:
        """Return the form with what its author typed."""
        names = ("question", "wanted", "benefit")
        return cls(formdata=None, data={name: getattr(need, f"{name}_typed") or getattr(need, name) for name in names})

    def words(self) -> NeedWords:
        return NeedWords(self.question.data or "", self.wanted.data or "", self.benefit.data or "")


class OfferForm(SeenForm):
    dataset = SelectField(
        _l("내놓을 자료"), choices=[], coerce=lambda typed: hidden_number(str(typed)), validate_choice=False
    )

    def offer(self, datasets: Sequence[Dataset]) -> None:
        self.dataset.choices = [SelectChoice(one.id, f"{one.title} · {one.holder.name}") for one in datasets]

    def chosen_id(self) -> int:
        """Return the id that was sent; -1, which names nothing, for nonsense."""
        return int(self.dataset.data or -1)


class DecideForm(SeenForm):
    reason = TextAreaField(_l("까닭"), render_kw={"rows": 4, "maxlength": MAX_REASON_CHARS})


class SettleForm(DecideForm):
    reason = TextAreaField(_l("무엇으로 풀렸나요"), render_kw={"rows": 4, "maxlength": MAX_REASON_CHARS})


class RefuseForm(DecideForm):
    reason = TextAreaField(_l("보유기관이 말한 까닭"), render_kw={"rows": 4, "maxlength": MAX_REASON_CHARS})
