from __future__ import annotations

from functools import partial
from typing import Any

from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice

from forum.core.i18n import _, _l
from forum.voice.everyday.models import MAX_DISTRICT_CHARS, MAX_PLACE_CHARS, EverydayKind
from forum.web.forms import region_choices


def _kinds() -> list[SelectChoice]:
    return [SelectChoice("", _("골라 주세요")), *(SelectChoice(kind.name, kind.label) for kind in EverydayKind)]


def everyday_fields() -> dict[str, Any]:
    """Return the unbound fields of an everyday idea. `region_code` stands for the usual one: here it is asked."""
    return {
        "kind": SelectField(_l("분야"), choices=_kinds, validate_choice=False),
        "region_code": SelectField(
            _l("시·도"), choices=partial(region_choices, _("골라 주세요")), validate_choice=False
        ),
        "district": StringField(_l("시·군·구"), render_kw={"maxlength": MAX_DISTRICT_CHARS, "autocomplete": "off"}),
        "place": StringField(_l("곳"), render_kw={"maxlength": MAX_PLACE_CHARS, "autocomplete": "off"}),
    }
