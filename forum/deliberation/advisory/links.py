"""Addresses of pages of the slice `rounds`, which shows this one's panels."""

from __future__ import annotations

from flask import request


def round_url(round_id: int) -> str:
    return f"{request.script_root}/council/rounds/{round_id}"


def task_url(task_id: int) -> str:
    return f"{request.script_root}/council/tasks/{task_id}"
