"""A file for the line of each request, where a person watches the terminal: there they would bury everything else."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REQUEST_EVENT = "request"
LOGGER = "forum.access"
MAX_BYTES = 1_000_000
KEPT_FILES = 1  # beside the present one: the file is for looking at, not for keeping


def requests_to_file(path: Path) -> Processor:
    """Return a processor that writes the event of each request into a file and drops it; others pass.

    The file is opened at the first request, and begun anew when it is full: two files of a megabyte at most.
    """
    logger = logging.getLogger(LOGGER)
    for earlier in logger.handlers:
        earlier.close()
    logger.handlers = [RotatingFileHandler(path, "a", MAX_BYTES, KEPT_FILES, encoding="utf-8", delay=True)]
    logger.propagate, logger.level = False, logging.INFO
    render = structlog.processors.KeyValueRenderer(key_order=["timestamp", "method", "route", "status"], sort_keys=True)

    def write(wrapped: WrappedLogger, name: str, event: EventDict) -> EventDict:
        if event.get("event") != REQUEST_EVENT:
            return event
        logger.info("%s", render(wrapped, name, {key: value for key, value in event.items() if key != "event"}))
        raise structlog.DropEvent

    return write
