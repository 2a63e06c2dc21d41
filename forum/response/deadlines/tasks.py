from __future__ import annotations

from forum.response.deadlines.services import keep_clocks
from forum.system.jobs.registry import periodic_task

periodic_task("deadlines.keep_clocks")(keep_clocks)
