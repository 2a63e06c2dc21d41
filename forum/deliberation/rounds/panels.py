"""What other slices show on the pages of a round and of a task: scores, hearings, meetings, lists, letters.

A slice registers its panels (`forum.web.panels`) in `setup.py`; its template gets the data as `panel`, and
`round`, `task` and `actor`.
"""

from __future__ import annotations

from enum import Enum


class PanelPlace(Enum):
    ROUND = "round"
    """The public page of a round; the subject is a `CouncilRound`."""
    TASK = "task"
    """The public page of a task; the subject is a `CouncilTask`."""
    DESK = "desk"
    """The page from which the secretariat runs a round; the subject is a `CouncilRound`."""
    MEMBER = "member"
    """A member's own page of a round: what waits for them; the subject is a `CouncilRound`."""
