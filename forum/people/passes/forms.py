from __future__ import annotations

from wtforms import StringField

from forum.core.i18n import _l
from forum.web.forms import ForumForm

AS_PRINTED = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "maxlength": 20}


class CodeForm(ForumForm):
    """The code of a pass as somebody copies it. Spaces, dashes and small letters don't matter."""

    code = StringField(_l("참여권 번호"), render_kw=AS_PRINTED)
