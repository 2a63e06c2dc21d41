from __future__ import annotations

from forum.system.jobs.registry import periodic_task
from forum.system.notices.services import DAILY_MAIL_TASK, MAIL_TASK, send_waiting_mail, write_daily_mail

periodic_task(MAIL_TASK)(send_waiting_mail)
periodic_task(DAILY_MAIL_TASK)(write_daily_mail)
