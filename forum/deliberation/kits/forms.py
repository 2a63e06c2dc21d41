from __future__ import annotations

from wtforms.validators import Optional

from forum.core.i18n import _l
from forum.web.forms import ForumForm, NumberField


class CodesForm(ForumForm):
    """How many slips and vote sheets are printed beside the codes; as many as seats where nothing is said."""

    slips = NumberField(_l("제안 쪽지"), validators=[Optional()])
    sheets = NumberField(_l("투표지"), validators=[Optional()])
