from __future__ import annotations

from forum.administration.mydata.services import delete_whose_time_is_up
from forum.system.jobs.registry import periodic_task

periodic_task("mydata.delete_whose_time_is_up")(delete_whose_time_is_up)
