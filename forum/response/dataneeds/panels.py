"""Where slices above show something of a need for data, such as what was found out. See `forum.web.panels`."""

from __future__ import annotations

from enum import Enum


class NeedPlace(Enum):
    PAGE = "page"
    """The page of a need, below what settled it; the subject is the `DataNeed`."""
