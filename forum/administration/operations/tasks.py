"""Periodic tasks of `audit` and `web`, which are below `jobs` and cannot register their own."""

from __future__ import annotations

from forum.system.audit.tasks import seal_all_entries
from forum.system.jobs.registry import periodic_task
from forum.web.form_recovery import purge_refused_forms
from forum.web.idempotency import purge_idempotency_records

periodic_task("operations.purge_kept_answers")(purge_idempotency_records)
periodic_task("audit.seal")(seal_all_entries)
periodic_task("operations.purge_carried")(purge_refused_forms)
