"""Where other slices show something of a file (`forum.web.panels`)."""

from __future__ import annotations

from enum import Enum


class FilePlace(Enum):
    PAGE = "page"
    """The page of a file; the subject is the `DataFile`. Template has `file`, `version`, `dataset` and `page`."""
