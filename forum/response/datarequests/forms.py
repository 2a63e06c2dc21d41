from __future__ import annotations

from collections.abc import Sequence

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from forum.core.errors import InvalidInput
from forum.core.i18n import _, _l
from forum.response.datarequests.deciding import MAX_MORE_CHARS, TermsWords
from forum.response.datarequests.models import (
    MAX_PURPOSE_CHARS,
    MAX_REASON_CHARS,
    MAX_SAFEGUARDS_CHARS,
    MAX_USERS_CHARS,
    DataCriterion,
    DataRequest,
    Mark,
    Publishing,
    RequestTerms,
    UseKind,
    Verdict,
)
from forum.response.datarequests.services import RequestWords
from forum.web.forms import DayField, ForumForm, NumberField, hidden_number

USUAL_ERASING = 30


class SeenForm(ForumForm):
    """An act on something that others change: it carries the revision that its page showed."""

    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


class RequestForm(ForumForm):
    use_kind = RadioField(
        _l("무엇에 쓰나요"), choices=[SelectChoice(one.name, one.label) for one in UseKind], validate_choice=False
    )
    purpose = TextAreaField(_l("무엇을 알아내려 하나요"), render_kw={"rows": 4, "maxlength": MAX_PURPOSE_CHARS})
    users = TextAreaField(_l("누가 다루나요"), render_kw={"rows": 2, "maxlength": MAX_USERS_CHARS})
    n_users = NumberField(_l("모두 몇 명인가요"))
    safeguards = TextAreaField(_l("어떻게 지키나요"), render_kw={"rows": 4, "maxlength": MAX_SAFEGUARDS_CHARS})
    from_on = DayField(_l("쓰기 시작하는 날"))
    until_on = DayField(_l("다 쓰는 날"))

    def words(self) -> RequestWords:
        return RequestWords(
            UseKind.__members__.get(self.use_kind.data or ""),
            self.purpose.data or "",
            self.users.data or "",
            self.n_users.data,
            self.safeguards.data or "",
            self.from_on.data,
            self.until_on.data,
        )


class AcceptForm(SeenForm):
    terms = HiddenField()


class ReasonForm(SeenForm):
    reason = TextAreaField(_l("까닭"), render_kw={"rows": 4, "maxlength": MAX_REASON_CHARS})


class RefuseForm(ReasonForm):
    reason = TextAreaField(_l("거절하는 까닭"), render_kw={"rows": 4, "maxlength": MAX_REASON_CHARS})


class RevokeForm(ReasonForm):
    reason = TextAreaField(_l("승인을 취소하는 까닭"), render_kw={"rows": 4, "maxlength": MAX_REASON_CHARS})


class AppealForm(ReasonForm):
    reason = TextAreaField(_l("다시 봐야 하는 까닭"), render_kw={"rows": 4, "maxlength": MAX_REASON_CHARS})


class TermsForm(SeenForm):
    until_on = DayField(_l("마지막으로 쓸 수 있는 날"))
    most_users = NumberField(_l("다룰 수 있는 사람 수"))
    publishing = SelectField(
        _l("공개할 수 있는 것"),
        choices=[SelectChoice(one.name, one.label) for one in Publishing],
        validate_choice=False,
    )
    may_join = BooleanField(_l("다른 자료와 이어 붙여도 돼요"))
    erase_within_days = NumberField(_l("끝난 뒤 며칠 안에 지우나요"))
    must_report = BooleanField(_l("알게 된 것을 이 포럼에 알려야 해요"))
    more = TextAreaField(_l("더 지킬 것"), render_kw={"rows": 3, "maxlength": MAX_MORE_CHARS})

    @classmethod
    def of(cls, terms: RequestTerms) -> TermsForm:
        """Return the form with the terms in force."""
        names = ("until_on", "most_users", "may_join", "erase_within_days", "must_report", "more")
        data = {name: getattr(terms, name) for name in names} | {"publishing": terms.publishing.name}
        return cls(formdata=None, data=data)

    def terms(self) -> TermsWords:
        return TermsWords(
            self.until_on.data,
            self.most_users.data,
            Publishing.__members__.get(self.publishing.data or ""),
            bool(self.may_join.data),
            self.erase_within_days.data,
            bool(self.must_report.data),
            self.more.data or "",
        )


class ApproveForm(TermsForm):
    reason = TextAreaField(_l("승인하는 까닭"), render_kw={"rows": 3, "maxlength": MAX_REASON_CHARS})


class AppealAnswerForm(SeenForm):
    is_granted = RadioField(
        _l("답"),
        choices=[SelectChoice("yes", _l("다시 심사해요")), SelectChoice("no", _l("거절을 그대로 둬요"))],
        validate_choice=False,
    )
    answer = TextAreaField(_l("까닭"), render_kw={"rows": 4, "maxlength": MAX_REASON_CHARS})

    def chosen(self) -> bool:
        """:raise InvalidInput: neither was chosen"""
        if self.is_granted.data not in {"yes", "no"}:
            raise InvalidInput({"is_granted": _("다시 심사할지 골라 주세요.")})
        return bool(self.is_granted.data == "yes")


class SeatForm(ForumForm):
    email = StringField(_l("심사위원이 될 사람의 이메일"))


class CriteriaForm(SeenForm):
    items = TextAreaField(_l("심사 기준"), render_kw={"rows": 8})

    def typed(self) -> list[tuple[str, str]]:
        """Return question and explanation of each line, which a vertical line parts."""
        lines = (line.partition("|") for line in (self.items.data or "").splitlines() if line.strip())
        return [(question.strip(), explanation.strip()) for question, _bar, explanation in lines]

    @staticmethod
    def lines(items: Sequence[DataCriterion]) -> str:
        """Return criteria as they are typed."""
        return "\n".join(f"{one.question} | {one.explanation}" for one in items)


class ReviewForm(SeenForm):
    """One field for each criterion, named by its id. The class is made for the request's edition: `for_criteria`."""

    verdict = RadioField(
        _l("이 신청은"), choices=[SelectChoice(one.name, one.label) for one in Verdict], validate_choice=False
    )
    words = TextAreaField(_l("까닭"), render_kw={"rows": 4, "maxlength": MAX_REASON_CHARS})
    _criteria: Sequence[DataCriterion] = ()

    @classmethod
    def for_criteria(cls, items: Sequence[DataCriterion]) -> type[ReviewForm]:
        choices = [SelectChoice(one.name, one.label) for one in Mark]
        fields = {f"mark_{one.id}": RadioField(one.question, choices=choices, validate_choice=False) for one in items}
        return type("ReviewOfEdition", (cls,), fields | {"_criteria": tuple(items)})

    def marks(self) -> dict[int, Mark | None]:
        return {one.id: Mark.__members__.get(self[f"mark_{one.id}"].data or "") for one in self._criteria}

    def chosen_verdict(self) -> Verdict | None:
        return Verdict.__members__.get(self.verdict.data or "")


def usual_approval(request: DataRequest) -> ApproveForm:
    """Return the form of an approval with what was asked for, and careful choices."""
    usual = {"publishing": Publishing.FIGURES.name, "erase_within_days": USUAL_ERASING, "must_report": True}
    asked = {"until_on": request.until_on, "most_users": request.n_users}
    return ApproveForm(formdata=None, data=asked | usual)
