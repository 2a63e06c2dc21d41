from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.system.jobs.models import JobState
from forum.system.jobs.permissions import can_see_jobs
from forum.system.jobs.queries import get_job, last_heartbeat_at, latest_jobs
from forum.system.jobs.registry import job_kind
from forum.system.jobs.services import cancel_job

bp = Blueprint("jobs", __name__, url_prefix="/jobs", template_folder="templates")


@bp.get("")
def listing() -> ResponseReturnValue:
    require(can_see_jobs(current_user))
    return render_template(
        "jobs/listing.html", jobs=latest_jobs(), last_heartbeat_at=last_heartbeat_at(), kind_of=job_kind
    )


@bp.get("/<int:job_id>")
def show(job_id: int) -> ResponseReturnValue:
    require(can_see_jobs(current_user))
    job = get_job(job_id)
    kind = job_kind(job)
    return render_template(
        "jobs/show.html",
        job=job,
        kind=kind,
        result=kind.result(job, current_user) if job.state is JobState.DONE else None,
        origin=kind.origin(job, current_user),
    )


@bp.post("/<int:job_id>/cancel")
def cancel(job_id: int) -> ResponseReturnValue:
    require(can_see_jobs(current_user))
    job = get_job(job_id)
    cancel_job(job, current_user)
    db.session.commit()
    return redirect(url_for("jobs.show", job_id=job.id))
