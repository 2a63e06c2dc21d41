"""Where other slices show something of a dataset: needs that it may settle, requests, files, its quality in detail.

A slice registers its panels (`forum.web.panels`) in `setup.py`; its template gets the data as `panel`, and what the
page's own templates get.
"""

from __future__ import annotations

from enum import Enum


class DatasetPlace(Enum):
    PAGE = "page"
    """The public page of a dataset; the subject is the `Dataset`. Template has `dataset`, `version` (or none)."""
    DESK = "desk"
    """The same page for those who describe it, above everything else; the subject is the `Dataset`."""
    VERSION = "version"
    """The page of one version; the subject is the `DatasetVersion`."""
    HOLDER = "holder"
    """The page of a holder; the subject is the `DataHolder`."""
    LIST = "list"
    """Below the public list; the subject is None."""
    WORK = "work"
    """The desk of analysts and stewards; the subject is the list of the reader's `DataHolder`s."""
