from __future__ import annotations

from wtforms import StringField, TextAreaField

from forum.core.i18n import _l
from forum.web.forms import DayField, ForumForm


class PauseForm(ForumForm):
    name = StringField(_l("선거 이름"), render_kw={"maxlength": 80})
    begins_on = DayField(_l("시작하는 날"))
    ends_on = DayField(_l("끝나는 날"))
    note = TextAreaField(_l("메모"), render_kw={"maxlength": 500, "rows": 3})
