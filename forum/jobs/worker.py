"""The worker's old address. It works until release 0.3; use `huey_consumer worker.huey` instead."""

import warnings

from worker import app, huey

__all__ = ["app", "huey"]

warnings.warn(
    "forum.jobs.worker.huey moved to worker.huey; start the worker with `huey_consumer worker.huey -k thread -w 2`",
    FutureWarning,
    stacklevel=1,
)
