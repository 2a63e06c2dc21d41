from __future__ import annotations

from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from forum.publication.digests.renderers import RENDERERS
from forum.web.forms import ForumForm


class DigestForm(ForumForm):
    formats = SelectMultipleField(
        "형식",
        choices=[SelectChoice(name, name.upper()) for name in RENDERERS],
        default=list(RENDERERS),
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
