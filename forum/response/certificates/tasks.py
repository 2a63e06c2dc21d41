from __future__ import annotations

from forum.response.certificates.services import issue_certificates
from forum.system.jobs.services import errand

errand("certificates.issue")(issue_certificates)
