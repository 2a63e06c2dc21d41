from __future__ import annotations

from flask import Flask

from forum.deliberation.joint.after_end import register_after_end
from forum.deliberation.joint.ending import register_at_session_end
from forum.people.passes.links import register_link
from forum.publication.dayreports.panels import listed_reports, pass_link, session_panel
from forum.publication.dayreports.services import ask_for_report
from forum.publication.digests.beside import KindBeside, register_reports


def register(_app: Flask) -> None:
    register_at_session_end("dayreports", ask_for_report)
    register_after_end("dayreports/_session_panel.html", session_panel)
    register_link("dayreports", pass_link, order=60)
    register_reports(KindBeside("dayreports/_listed.html", listed_reports))
