"""Named steps at which a test can kill or stop a worker, to check that nothing is lost or done twice.

`FAILPOINT=themes.saving:kill` makes the process send itself SIGKILL at that step; `:stop` sends SIGSTOP, which the test
ends with SIGCONT. `Config.check` refuses the setting in production.
"""

from __future__ import annotations

import os
import signal

from flask import current_app

SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}

# In the order in which a worker reaches them. tests/assault kills a worker at each.
ANALYSIS = (
    "themes.read",  # the ideas are in memory
    "themes.computed",  # the clusters too; nothing is written yet
    "themes.begun",  # the run is in the database, BUILDING and without members
    "themes.saving",  # the first members are inserted, not committed
    "themes.saved",  # all members are committed, the run is still BUILDING
    "themes.publishing",  # the old run is no longer current, in a transaction that is still open
    "themes.published",  # committed; the worker only had to continue
)
DIGEST = (
    "digests.collected",  # the numbers are in memory
    "digests.rendered",  # the files too
    "digests.publishing",  # all rows are written, not committed
    "digests.published",  # committed
)
OPINIONS = (
    "opinions.read",  # the votes are in memory
    "opinions.computed",  # the groups too; nothing is written yet
    "opinions.begun",  # the snapshot is in the database, BUILDING and without scores
    "opinions.saving",  # the first scores are inserted, not committed
    "opinions.publishing",  # the old snapshot is no longer current, in a transaction that is still open
    "opinions.published",  # committed; the worker only had to continue
)
SLATES = (
    "shortlists.read",  # the votes are in memory
    "shortlists.chosen",  # the slate too; nothing is written yet
    "shortlists.publishing",  # the slate is written, in a transaction that is still open
    "shortlists.published",  # committed; the worker only had to continue
)
ADVISORY = (
    "advisory.read",  # the members' ratings are in memory
    "advisory.chosen",  # the list too; nothing is written yet
    "advisory.publishing",  # the list is written, in a transaction that is still open
    "advisory.published",  # committed; the worker only had to continue
)
INTEGRITY = (
    "integrity.looked",  # what was found is in memory
    "integrity.storing",  # the findings are written, in a transaction that is still open
)
DAY_REPORTS = (
    "dayreports.collected",  # the numbers are in memory
    "dayreports.rendered",  # the files too; nothing is written yet
)
COUNCIL_PAPERS = (
    "councilpapers.collected",  # what they hold is in memory
    "councilpapers.rendered",  # the files too; nothing is written yet
)
MINUTES = ("minutes.publishing",)  # the room's decision is written, in a transaction that is still open
PLEDGES = ("pledges.reminding",)  # one reminder is written and its day is noted, in a transaction that is still open
RATINGS = ("delivery.asking",)  # the notices are written and the round is asked, in a transaction that is still open
SCORECARDS = ("scorecards.publishing",)  # a stage's result is written, in a transaction that is still open
DATA_FILES = (
    "datafiles.checking",  # a child process reads the file
    "datafiles.checked",  # the file is read, nothing is in the store and nothing written
    "datafiles.publishing",  # the file is published or refused, in a transaction that is still open
    "datafiles.aggregating",  # the cells are written, in a transaction that is still open
)
DATA_VIEWS = ("dataviews.prepared",)  # the copy is in its place, the job does not say so yet
DATA_JOINS = ("datajoins.storing",)  # all joins of a file are written, in a transaction that is still open
DATA_NOISE = (
    "datanoise.drawn",  # the noise is drawn and in memory alone
    "datanoise.storing",  # the answer is written, in a transaction that is still open
)
COMMISSIONS = ("commissions.reminding",)  # one reminder is written and its day is noted, in an open transaction
MAIL = (
    "mail.claimed",  # only this worker may send it
    "mail.carried",  # the mail server has it, the row does not say so yet
)
BLOBS = ("blobs.stored",)  # the store has the bytes, no row says so yet
SHORT_PATH = ("shortpath.themed",)  # the theme of one idea is written, its letter is not; one open transaction
FAILPOINTS = (
    *ANALYSIS,
    *BLOBS,
    *SHORT_PATH,
    *DIGEST,
    *OPINIONS,
    *SLATES,
    *ADVISORY,
    *INTEGRITY,
    *DAY_REPORTS,
    *COUNCIL_PAPERS,
    *MINUTES,
    *PLEDGES,
    *SCORECARDS,
    *COMMISSIONS,
    *DATA_FILES,
    *DATA_VIEWS,
    *DATA_JOINS,
    *DATA_NOISE,
    *RATINGS,
    *MAIL,
)


def failpoint(name: str) -> None:
    """Send this process the configured signal if the setting names this step."""
    wanted, _, action = str(current_app.config["FAILPOINT"]).partition(":")
    if wanted == name:
        os.kill(os.getpid(), SIGNALS[action])


def check_failpoint(setting: str) -> None:
    """Check the setting at the start: with a wrong name a test would never end.

    :raise ValueError: no such step, or no such action
    """
    name, _, action = setting.partition(":")
    if setting and (name not in FAILPOINTS or action not in SIGNALS):
        raise ValueError(f"FAILPOINT={setting!r}: not one of {', '.join(FAILPOINTS)} with :{' or :'.join(SIGNALS)}")
