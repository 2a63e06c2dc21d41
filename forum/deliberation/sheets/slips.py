"""What is printed on an idea slip: its number, and the code by which its writer finds the idea later."""

from __future__ import annotations

from forum.deliberation.gatherings.models import Gathering
from forum.people.passes.codes import printed_code

SLIPS_PER_SEAT = 3


def most_slips(gathering: Gathering) -> int:
    """Return how many slips a gathering can have: three for each seat. More are printed for nobody."""
    return gathering.seats * SLIPS_PER_SEAT


def slip_code(gathering_id: int, slip_number: int) -> str:
    """Return the code of a slip's pass: the same each time that the kit is printed."""
    return printed_code(f"slip {slip_number} of gathering {gathering_id}")
