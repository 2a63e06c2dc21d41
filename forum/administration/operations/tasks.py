from __future__ import annotations

from forum.system.audit.services import seal_entries
from forum.system.jobs.services import errand
from forum.web.form_recovery import purge_carried
from forum.web.idempotency import purge_kept_answers

errand("operations.purge_kept_answers")(purge_kept_answers)
errand("audit.seal")(seal_entries)
errand("operations.purge_carried")(purge_carried)
