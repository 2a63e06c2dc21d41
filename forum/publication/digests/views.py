from __future__ import annotations

import io

from flask import Blueprint, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.themes.queries import current_run
from forum.core.access import require
from forum.core.extensions import db
from forum.publication.digests.content import COUNT_NAMES
from forum.publication.digests.formats import FORMATS
from forum.publication.digests.forms import DigestForm
from forum.publication.digests.kinds import file_names
from forum.publication.digests.permissions import can_build_digest
from forum.publication.digests.queries import digests_of, get_digest, get_file, shown_job
from forum.publication.digests.services import start_digest
from forum.system.jobs.models import JobState
from forum.system.jobs.registry import job_kind
from forum.voice.campaigns.queries import get_campaign
from forum.web.downloads import attachment
from forum.web.forms import query_number
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

bp = Blueprint("digests", __name__, template_folder="templates")


@bp.get("/c/<slug>/digests")
@public
@same_for_visitors
def listing(slug: str) -> ResponseReturnValue:
    return _listing(slug, DigestForm(formdata=None))


@bp.post("/c/<slug>/digests")
def build(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    require(can_build_digest(current_user))
    form = DigestForm()
    with form.collect_errors():
        if form.validate_on_submit():
            job = start_digest(campaign, current_user, form.request())
            db.session.commit()
            return redirect(url_for("digests.listing", slug=slug, job=job.id), 303)
    return _listing(slug, form)


@bp.get("/digests/<int:digest_id>")
@public
@same_for_visitors
def show(digest_id: int) -> ResponseReturnValue:
    digest = get_digest(digest_id)
    return render_template("digests/show.html", digest=digest, campaign=digest.campaign, count_names=COUNT_NAMES)


@bp.get("/digests/<int:digest_id>/<file_format>")
@public
def download(digest_id: int, file_format: str) -> ResponseReturnValue:
    digest = get_digest(digest_id)
    file = get_file(digest, file_format)
    response = send_file(io.BytesIO(file.content), FORMATS[file.format].media_type, etag=file.sha256)
    response.headers["Content-Disposition"] = attachment(*file_names(digest, file.format))
    return response


def _listing(slug: str, form: DigestForm) -> ResponseReturnValue:
    campaign, can_build = get_campaign(slug), can_build_digest(current_user)
    job = shown_job(campaign, query_number("job")) if can_build else None
    kind = job_kind(job) if job else None
    if can_build:
        form.offer(campaign, current_user)
    return form.page(
        "digests/listing.html",
        campaign=campaign,
        digests=digests_of(campaign),
        run=current_run(campaign.id),
        can_build=can_build,
        job=job,
        kind=kind,
        result=kind.result(job, current_user) if kind and job and job.state is JobState.DONE else None,
    )
