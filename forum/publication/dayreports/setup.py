from __future__ import annotations

from flask import Flask

from forum.deliberation.joint.ending import register_at_session_end
from forum.publication.dayreports.services import ask_for_report


def register(_app: Flask) -> None:
    register_at_session_end("dayreports", ask_for_report)
