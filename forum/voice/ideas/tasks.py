from __future__ import annotations

from forum.system.jobs.services import errand
from forum.voice.ideas.services import purge_drafts

errand("ideas.purge_drafts")(purge_drafts)
