from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import Optional

from forum.core.i18n import _, _l
from forum.response.delivery.models import MAX_COMMENT_CHARS, MAX_HELPS, Happened, MilestoneRating
from forum.response.delivery.ratings import NO_OPINION, TypedRating
from forum.web.forms import ForumForm, NumberField, hidden_number
from forum.web.uploads import Upload, read_upload


class ProgressForm(ForumForm):
    percent_done = NumberField("진행률(%)", validators=[Optional()], render_kw={"min": 0, "max": 100})
    note = TextAreaField("한 일", render_kw={"maxlength": 1000, "rows": 3})
    evidence_url = StringField("증빙 주소", render_kw={"maxlength": 500, "inputmode": "url"})
    upload = FileField("증빙 파일")
    seen_percent = HiddenField()

    def percent(self) -> int:
        """Return the typed percentage; -1, which the service refuses, if there is none."""
        return -1 if self.percent_done.data is None else int(self.percent_done.data)

    def seen(self) -> int:
        """Return the progress that the page showed; a missing or malformed one matches none."""
        return hidden_number(self.seen_percent.data)

    def file(self) -> Upload | None:
        """Return the uploaded file, if any.

        :raise InvalidInput: too large, or of a type that is not accepted
        """
        return read_upload(self.upload.data, "upload")


def _happened() -> list[tuple[str, str]]:
    return [(one.name, one.label) for one in Happened]


def _helps() -> list[tuple[str, str]]:
    return [*((str(value), str(value)) for value in range(MAX_HELPS + 1)), (NO_OPINION, _("의견 없음"))]


class RatingForm(ForumForm):
    happened = RadioField(_l("됐나요?"), choices=_happened, validate_choice=False)
    helps = RadioField(_l("우리에게 도움이 되나요?"), choices=_helps, validate_choice=False)
    comment = TextAreaField(_l("덧붙일 말"), render_kw={"maxlength": MAX_COMMENT_CHARS, "rows": 3})
    round_id = HiddenField()
    seen_revision = HiddenField()

    @classmethod
    def of(cls, own: MilestoneRating | None) -> RatingForm:
        if own is None:
            return cls()
        helps = NO_OPINION if own.helps is None else str(own.helps)
        return cls(data={"happened": own.happened.name, "helps": helps, "comment": own.comment})

    def typed(self) -> TypedRating:
        return TypedRating(self.happened.data or "", self.helps.data or "", self.comment.data or "")

    def seen_round(self) -> int:
        """Return the round that the page showed; a missing or malformed one matches none."""
        return hidden_number(self.round_id.data)

    def seen(self) -> int:
        """Return the revision of one's rating that the page showed, 0 for none."""
        return hidden_number(self.seen_revision.data)
