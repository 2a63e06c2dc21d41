from __future__ import annotations

from forum.certificates.services import issue_certificates
from forum.jobs.services import errand

errand("certificates.issue")(issue_certificates)
