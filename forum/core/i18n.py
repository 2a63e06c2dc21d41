"""Messages in the reader's language: the code holds the Korean text, catalogues translate it.

A message may hold `%(name)s` placeholders and particle markers such as `{을}`. The marker stands right behind the word
it belongs to, so that a translation can drop it:

    _("‘%(title)s’{을} 고쳤습니다.", title=idea.title)    ‘급식 남기지 않기’를 고쳤습니다.

Markers are resolved after the placeholders are filled in; a marker that somebody typed into a value stays as typed.
Plurals: `ngettext` with the same Korean text twice. `make messages` extracts all messages.
"""

from __future__ import annotations

import re
from typing import Any

from flask import has_app_context
from flask_babel import get_translations
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from forum.core.korean import PARTICLES, particle_after

__all__ = ["LazyString", "_", "_l", "gettext", "lazy_gettext", "ngettext", "template_gettext", "template_ngettext"]

_MARKER = re.compile(r"\{(" + "|".join(sorted(PARTICLES, key=len, reverse=True)) + r")\}")


def gettext(message: str, **values: object) -> str:
    """Return `message` in the reader's language, filled in, with the particles its words call for.

    Outside an application context it stays Korean.

    :raise KeyError: a placeholder of the message has no value
    """
    return _fill(_translated(message), values)


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """Return the form for `num` things, which is also the value of `%(num)s`.

    Korean has one form: give the same text twice. A translation may have as many as its language needs.
    """
    return _fill(_translated(singular, plural, num), {"num": num} | values)


def lazy_gettext(message: str, **values: object) -> LazyString:
    """Return a message that is translated each time it is shown, for texts that are made when a module is read."""
    return LazyString(gettext, message, **values)


_, _l = gettext, lazy_gettext


@pass_eval_context
def template_gettext(context: EvalContext, message: str, **values: object) -> str:
    """`_()` of templates: values are escaped, the message itself is ours and may hold markup."""
    return _fill(_markup(context, _translated(message)), values)


@pass_eval_context
def template_ngettext(context: EvalContext, singular: str, plural: str, num: int, **values: object) -> str:
    """`ngettext()` of templates."""
    return _fill(_markup(context, _translated(singular, plural, num)), {"num": num} | values)


def _translated(message: str, plural: str = "", num: int = 1) -> str:
    if not has_app_context():
        return plural if plural and num != 1 else message
    catalogue = get_translations()
    return str(catalogue.ungettext(message, plural, num) if plural else catalogue.ugettext(message))


def _markup(context: EvalContext, message: str) -> str:
    return Markup(message) if context.autoescape else message  # noqa: S704  (a message is code, not input)


def _fill(message: str, values: dict[str, Any]) -> str:
    """Fill in part by part, so that each particle matches the text before it."""
    kind = type(message)  # `str`, or `Markup`, which escapes what it is filled with
    pieces = _MARKER.split(message)
    text = kind("")
    for place, piece in enumerate(pieces):
        if place % 2:
            plain = text.striptags() if isinstance(text, Markup) else text
            text += kind(particle_after(plain, piece))
        else:
            text += kind(piece) % values if values else kind(piece)
    return text
