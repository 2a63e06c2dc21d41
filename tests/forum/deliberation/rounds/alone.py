from __future__ import annotations

import pytest

from forum.deliberation.rounds import hooks

HOOKS = ("_before_open", "_after_close", "_after_finish", "_after_leaving", "_after_conflict", "_before_result")


def detach(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Run rounds without what other slices hang on them; a stage's ranks are what the test puts into the result.

    The app must be there already: it would register its hooks in what is put back.
    """
    for name in HOOKS:
        monkeypatch.setattr(hooks, name, [])
    ranks: dict[int, int] = {}
    monkeypatch.setattr(hooks, "_ranks", [lambda _stage: ranks])
    return ranks
