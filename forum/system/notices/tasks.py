from __future__ import annotations

from forum.system.jobs.services import errand
from forum.system.notices.services import DAILY_MAIL_ERRAND, MAIL_ERRAND, send_waiting_mail, write_daily_mail

errand(MAIL_ERRAND)(send_waiting_mail)
errand(DAILY_MAIL_ERRAND)(write_daily_mail)
