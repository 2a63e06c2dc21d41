"""Named steps at which a test may stop a worker dead, to see that nothing is lost there and nothing happens twice.

`FAILPOINT=themes.saving:kill` sends this process SIGKILL when it gets to that step; `:stop` sends SIGSTOP, which a test
ends with SIGCONT. `Config.check` refuses the setting in production.
"""

from __future__ import annotations

import os
import signal

from flask import current_app

SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}

# In the order in which a worker gets to them. tests/assault kills one at each.
ANALYSIS = (
    "themes.read",  # the ideas are in memory
    "themes.computed",  # the clusters too; nothing is written yet
    "themes.begun",  # the run stands in the database, BUILDING and without members
    "themes.saving",  # the first members are in, not committed
    "themes.saved",  # all members are in, the run is still BUILDING
    "themes.publishing",  # the old run has stepped back, in a transaction that is still open
    "themes.published",  # committed; the worker only had to go on
)
DIGEST = (
    "digests.collected",  # the numbers are in memory
    "digests.rendered",  # the files too
    "digests.publishing",  # all rows are written, not committed
    "digests.published",  # committed
)
MAIL = (
    "mail.claimed",  # this worker alone may send it
    "mail.carried",  # the mail server has it, our row does not say so yet
)
FAILPOINTS = (*ANALYSIS, *DIGEST, *MAIL)


def failpoint(name: str) -> None:
    """Do here what the setting says, if it names this step."""
    wanted, _, action = str(current_app.config["FAILPOINT"]).partition(":")
    if wanted == name:
        os.kill(os.getpid(), SIGNALS[action])


def check_failpoint(setting: str) -> None:
    """:raise ValueError: a step or an act that does not exist, at which a test would wait for ever"""
    name, _, action = setting.partition(":")
    if setting and (name not in FAILPOINTS or action not in SIGNALS):
        raise ValueError(f"FAILPOINT={setting!r}: not one of {', '.join(FAILPOINTS)} with :{' or :'.join(SIGNALS)}")
