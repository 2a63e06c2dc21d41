from __future__ import annotations

from forum.accounts.attempts import purge_attempts
from forum.jobs.services import errand

errand("accounts.purge_attempts")(purge_attempts)
