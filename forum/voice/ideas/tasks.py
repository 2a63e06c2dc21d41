from __future__ import annotations

from forum.system.jobs.registry import periodic_task
from forum.voice.ideas.services import purge_drafts

periodic_task("ideas.purge_drafts")(purge_drafts)
