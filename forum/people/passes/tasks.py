from __future__ import annotations

from forum.people.passes.services import expire_passes
from forum.system.jobs.registry import periodic_task

periodic_task("passes.expire")(expire_passes)
