"""Where slices above show something of a request for data: they register panels (`forum.web.panels`) in `setup.py`."""

from __future__ import annotations

from enum import Enum


class RequestPlace(Enum):
    PAGE = "page"
    """The page of a request, below its terms; the subject is the `DataRequest`."""
    DECIDING = "deciding"
    """The same page, above what the holder does, for those who decide; the subject is the `DataRequest`."""
