from __future__ import annotations

from wtforms import BooleanField, EmailField, RadioField
from wtforms.fields.choices import SelectChoice

from forum.core.i18n import _l
from forum.publication.subscriptions.models import Rhythm
from forum.web.forms import ForumForm


def _rhythms() -> list[SelectChoice]:
    return [SelectChoice(rhythm.name, str(rhythm.label)) for rhythm in Rhythm]


class RhythmForm(ForumForm):
    rhythm = RadioField(_l("얼마나 자주"), choices=_rhythms, default=Rhythm.WEEKLY.name, validate_choice=False)


class SubscriptionForm(RhythmForm):
    """An address and how often. The service validates both."""

    address = EmailField(_l("이메일"), render_kw={"autocomplete": "email", "inputmode": "email"})
    agrees = BooleanField(_l("만 14세 이상이고, 이 주소를 보고서 메일을 보내는 데만 쓰는 데 동의해요"))
