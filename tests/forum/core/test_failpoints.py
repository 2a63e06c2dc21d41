from __future__ import annotations

import re
from pathlib import Path

import pytest

from forum.core import failpoints
from forum.core.failpoints import FAILPOINTS, check_failpoint, failpoint

ROOT = Path(__file__).resolve().parents[3]


def test_every_named_step_is_in_the_code_once_and_no_other():
    found = [
        name
        for path in (ROOT / "forum").rglob("*.py")
        for name in re.findall(r'failpoint\("([a-z.]+)"\)', path.read_text(encoding="utf-8"))
    ]
    assert sorted(found) == sorted(FAILPOINTS)


def test_only_the_named_step_stops_a_worker(app, monkeypatch):
    sent = []
    monkeypatch.setattr(failpoints.os, "kill", lambda pid, signal: sent.append(signal.name))
    for name in FAILPOINTS:
        failpoint(name)
    assert sent == []
    monkeypatch.setitem(app.config, "FAILPOINT", "themes.saving:stop")
    for name in FAILPOINTS:
        failpoint(name)
    assert sent == ["SIGSTOP"]


@pytest.mark.parametrize("setting", ["themes.saving", "themes.nowhere:kill", "themes.saving:smile", ":"])
def test_a_step_that_does_not_exist_stops_the_start(setting):
    with pytest.raises(ValueError, match="FAILPOINT"):
        check_failpoint(setting)
