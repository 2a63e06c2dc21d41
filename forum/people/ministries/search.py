"""Find a ministry by what somebody types: its name, or the nearest ones where no ministry is called so."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from unicodedata import normalize

from forum.people.ministries.models import Ministry

MAX_NEAREST = 5
MIN_LIKENESS = 0.55
MAX_TYPED_CHARS = 60


def find_ministry(text: str, ministries: Sequence[Ministry]) -> Ministry | None:
    """Return the ministry of this name or code; spaces do not matter."""
    wanted = _plain(text)
    return next((one for one in ministries if wanted in (_plain(one.name), _plain(one.code))), None) if wanted else None


def nearest_ministries(text: str, ministries: Sequence[Ministry]) -> list[Ministry]:
    """Return the ministries that may have been meant, the most likely first: by name, then by what they do.

    Names are compared by their letters, so that one mistyped vowel or ending matters little.
    """
    wanted = _plain(text)
    if not wanted:
        return []
    holding = [one for one in ministries if wanted in _plain(one.name)]
    likeness = {
        one.id: SequenceMatcher(None, _letters(wanted), _letters(_plain(one.name))).ratio() for one in ministries
    }
    alike = sorted(
        (one for one in ministries if likeness[one.id] >= MIN_LIKENESS), key=lambda one: (-likeness[one.id], one.id)
    )
    doing = [one for one in ministries if wanted in _plain(one.duties)]
    return list(dict.fromkeys([*holding, *alike, *doing]))[:MAX_NEAREST]


def _plain(text: str) -> str:
    return "".join(normalize("NFC", text[:1_000]).split()).casefold()


def _letters(text: str) -> str:
    return normalize("NFD", text[:MAX_TYPED_CHARS])
