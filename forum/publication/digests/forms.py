from __future__ import annotations

from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from forum.core.access import Actor, Role
from forum.core.i18n import _, _l
from forum.publication.digests.formats import FORMATS
from forum.publication.digests.kinds import KINDS
from forum.publication.digests.models import DigestKind, PeriodKind
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.queries import ministries_with_letters, themes_to_report
from forum.voice.campaigns.models import Campaign
from forum.web.forms import DayField, ForumForm


class DigestForm(ForumForm):
    """Which digest to make. The service says what cannot be: choices are there to be picked, not to be trusted."""

    kind = RadioField(_l("무엇에 관한 보고서"), default=DigestKind.CAMPAIGN.name, choices=[], validate_choice=False)
    ministry = SelectField(_l("소관부처"), choices=[], validate_choice=False)
    theme = SelectField(_l("정책 주제"), choices=[], validate_choice=False)
    period = RadioField(_l("기간"), default=PeriodKind.ALL.name, choices=[], validate_choice=False)
    phase = SelectField(_l("단계"), choices=[], validate_choice=False)
    from_day = DayField(_l("첫날"), [Optional()])
    to_day = DayField(_l("마지막 날"), [Optional()])
    formats = SelectMultipleField(
        _l("형식"),
        choices=[],
        default=list(FORMATS),
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, campaign: Campaign, actor: Actor) -> None:
        """Offer what the campaign has, and of the ministries those for which the actor may ask. Two statements."""
        blank = SelectChoice("", _("고르지 않음"))
        self.kind.choices = [SelectChoice(k.code.name, f"{k.label} — {k.note}") for k in KINDS.values()]
        self.ministry.choices = [
            blank,
            *(
                SelectChoice(one.code, one.name)
                for one in ministries_with_letters(campaign)
                if actor.role is not Role.MINISTRY_OFFICER or one.id == actor.ministry_id
            ),
        ]
        self.theme.choices = [blank, *(SelectChoice(str(t.id), t.title) for t in themes_to_report(campaign))]
        self.period.choices = [SelectChoice(period.name, period.label) for period in PeriodKind]
        self.phase.choices = [blank, *(SelectChoice(one.kind.name, one.kind.label) for one in campaign.phases)]
        self.formats.choices = [SelectChoice(one.extension, str(one.label)) for one in FORMATS.values()]

    def request(self) -> DigestRequest:
        """:raise InvalidInput: something that is not among the choices"""
        values = self.values()
        return DigestRequest.typed(**values | {"formats": values["formats"] or []})
