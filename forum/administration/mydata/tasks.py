from __future__ import annotations

from forum.administration.mydata.services import delete_whose_time_is_up
from forum.system.jobs.services import errand

errand("mydata.delete_whose_time_is_up")(delete_whose_time_is_up)
