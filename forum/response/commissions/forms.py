from __future__ import annotations

from wtforms import HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from forum.core.errors import InvalidInput
from forum.core.i18n import _, _l
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import all_ministries
from forum.response.commissions.services import MAX_REPORT_CHARS
from forum.response.referrals.services import MAX_LETTER_CHARS
from forum.web.forms import ForumForm, hidden_number


class SeenForm(ForumForm):
    """An act on something that others change: it carries the revision that its page showed."""

    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


class SendForm(SeenForm):
    """The ministry that leads, those beside it, and the letter."""

    lead = SelectField(_l("주관 부처"), validate_choice=False)
    partners = SelectMultipleField(
        _l("함께 맡을 부처"),
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    letter = TextAreaField(_l("전달 글"), render_kw={"maxlength": MAX_LETTER_CHARS, "rows": 6})

    def offer(self) -> None:
        """Offer the ministries, in their order."""
        self._by_code = {one.code: one for one in all_ministries()}
        choices = [SelectChoice(code, one.name) for code, one in self._by_code.items()]
        self.lead.choices = [SelectChoice("", _("골라 주세요")), *choices]
        self.partners.choices = list(choices)

    def lead_ministry(self) -> Ministry:
        """:raise InvalidInput: none is chosen, or one that there is not"""
        if self.lead.data not in self._by_code:
            raise InvalidInput({"lead": _("맡을 부처를 골라 주세요.")})
        return self._by_code[self.lead.data]

    def partner_ministries(self) -> list[Ministry]:
        """:raise InvalidInput: one that there is not, or the one that leads"""
        codes = list(dict.fromkeys(self.partners.data or ()))
        if any(code not in self._by_code for code in codes):
            raise InvalidInput({"partners": _("목록에 있는 부처를 골라 주세요.")})
        if self.lead.data in codes:
            raise InvalidInput({"partners": _("주관 부처는 함께 맡을 부처로 고를 수 없어요.")})
        return [self._by_code[code] for code in codes]


class ReportForm(SeenForm):
    text = TextAreaField(_l("이 분기에 한 일"), render_kw={"maxlength": MAX_REPORT_CHARS, "rows": 10})
