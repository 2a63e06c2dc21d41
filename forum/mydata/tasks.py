from __future__ import annotations

from forum.jobs.services import errand
from forum.mydata.services import delete_whose_time_is_up

errand("mydata.delete_whose_time_is_up")(delete_whose_time_is_up)
