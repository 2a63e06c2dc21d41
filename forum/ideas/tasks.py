from __future__ import annotations

from forum.ideas.services import purge_drafts
from forum.jobs.services import errand

errand("ideas.purge_drafts")(purge_drafts)
