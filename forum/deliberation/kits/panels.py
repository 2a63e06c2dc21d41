from __future__ import annotations

from dataclasses import dataclass

from forum.core.access import Actor
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.permissions import stands_in
from forum.deliberation.kits.secret_slips import may_print_secrets
from forum.deliberation.kits.services import MOST_AT_ONCE, why_no_kit
from forum.deliberation.sheets.slips import most_slips


@dataclass(frozen=True)
class KitPanel:
    """How many slips and vote sheets are printed unless one asks for others, and the highest numbers.

    has_codes : there are slips with codes that the actor may print
    """

    n_copies: int
    most_slips: int
    most_at_once: int
    has_codes: bool


def desk_panel(gathering: Gathering, actor: Actor) -> KitPanel | None:
    """Return what is printed; None where there is no kit, and for a device that stands in: it prints none."""
    if why_no_kit(gathering) or stands_in(actor, gathering):
        return None
    return KitPanel(
        min(gathering.seats, MOST_AT_ONCE), most_slips(gathering), MOST_AT_ONCE, may_print_secrets(actor, gathering)
    )
