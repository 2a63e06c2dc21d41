"""What a check found; and the comparison of stored files with their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from forum.core.extensions import db

FILES_PER_FETCH = 5  # their bytes are in memory


@dataclass
class Finding:
    """Result of one check: how many rows were checked, and a line for each difference."""

    name: str
    n_checked: int
    differences: list[str] = field(default_factory=list)


def compare_bytes(name: str, query: sa.Select[*tuple[Any, ...]], words: Callable[..., str]) -> Finding:
    """Compare files with their hashes.

    :param query: gives what names a file, then its hash and its bytes
    :param words: makes the line about a difference of what names the file
    """
    finding = Finding(name, 0)
    for *names, sha256, content in db.session.execute(query, execution_options={"yield_per": FILES_PER_FETCH}):
        finding.n_checked += 1
        if hashlib.sha256(content).hexdigest() != sha256:
            finding.differences.append(words(*names))
    return finding
