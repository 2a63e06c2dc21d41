from __future__ import annotations

from forum.response.deadlines.services import keep_clocks
from forum.system.jobs.services import errand

errand("deadlines.keep_clocks")(keep_clocks)
