"""Periodic work of the limits on texts."""

from __future__ import annotations

from forum.system.jobs.registry import periodic_task
from forum.system.texts.limits import purge_counts

periodic_task("texts.purge_counts")(purge_counts)
