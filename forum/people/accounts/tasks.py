from __future__ import annotations

from forum.people.accounts.attempts import purge_attempts
from forum.system.jobs.services import errand

errand("accounts.purge_attempts")(purge_attempts)
