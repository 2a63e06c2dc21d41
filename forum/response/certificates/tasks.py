from __future__ import annotations

from forum.response.certificates.services import issue_certificates
from forum.system.jobs.registry import periodic_task

periodic_task("certificates.issue")(issue_certificates)
