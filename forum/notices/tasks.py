from __future__ import annotations

from forum.jobs.services import errand
from forum.notices.services import MAIL_ERRAND, send_waiting_mail

errand(MAIL_ERRAND)(send_waiting_mail)
