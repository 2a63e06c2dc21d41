from __future__ import annotations

from forum.deadlines.services import keep_clocks
from forum.jobs.services import errand

errand("deadlines.keep_clocks")(keep_clocks)
