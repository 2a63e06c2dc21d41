"""Numbers of ideas as people type them: #12, 34."""

from __future__ import annotations

import re

from forum.core.errors import InvalidInput
from forum.core.i18n import _

_NUMBER = re.compile("#?([1-9][0-9]{0,8})")


def idea_numbers(typed: str | None, field: str) -> list[int]:
    """Return the numbers of a line such as `#12, 34`, each once.

    :raise InvalidInput: something typed is no number of an idea; `int` would take ٣ and １２ too
    """
    words = [word for word in re.split(r"[\s,，、]+", (typed or "").strip()) if word]
    found = [_NUMBER.fullmatch(word) for word in words]
    if not all(found):
        raise InvalidInput({field: _("제안의 번호를 쉼표로 나누어 써 주세요. 예: 12, 34")})
    return list(dict.fromkeys(int(one[1]) for one in found if one))
