from __future__ import annotations

from forum.audit.services import seal_entries
from forum.carried import purge_carried
from forum.idempotency import purge_kept_answers
from forum.jobs.services import errand

errand("operations.purge_kept_answers")(purge_kept_answers)
errand("audit.seal")(seal_entries)
errand("operations.purge_carried")(purge_carried)
