"""What other slices show on a gathering's public page, and on the page from which its facilitators run it.

A slice registers its panels (`forum.web.panels`) in `setup.py`; its template gets the data as `panel`, and
`gathering` and `actor`.
"""

from __future__ import annotations

from enum import Enum


class PanelPlace(Enum):
    PAGE = "page"
    """The gathering's public page."""
    DESK = "desk"
    """The page of those who run it: check-in, table, slips, sheets, kit, minutes."""
