from __future__ import annotations

from forum.people.signin.attempts import purge_attempts
from forum.system.jobs.registry import periodic_task

periodic_task("accounts.purge_attempts")(purge_attempts)
