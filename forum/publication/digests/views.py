from __future__ import annotations

import io
import json
from typing import Any

import structlog
from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.themes.queries import current_run
from forum.core.access import STAFF_ROLES, require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.beside import ListedFile, ListedReport, newest_beside, reports_beside
from forum.publication.digests.content import COUNT_NAMES
from forum.publication.digests.formats import FORMATS
from forum.publication.digests.forms import DigestForm
from forum.publication.digests.json_schema import MEDIA_TYPE as SCHEMA_MEDIA_TYPE
from forum.publication.digests.json_schema import SCHEMA_PATH, shipped_schema
from forum.publication.digests.kinds import digest_title, file_names
from forum.publication.digests.models import DOCUMENT, Digest
from forum.publication.digests.permissions import can_build_digest
from forum.publication.digests.queries import digests_of, get_digest, get_file, part_of, shown_job
from forum.publication.digests.services import start_digest
from forum.system.jobs.models import JobState
from forum.system.jobs.registry import job_kind
from forum.voice.campaigns.queries import get_campaign
from forum.web.downloads import ALONE, attachment
from forum.web.forms import query_number
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

log = structlog.get_logger()
bp = Blueprint("digests", __name__, template_folder="templates")
MAX_IN_FEED = 30
PICTURE_SECONDS = 30 * 24 * 3600


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


@bp.get("/c/<slug>/digests.atom")
@public
@same_for_visitors
def feed(slug: str) -> ResponseReturnValue:
    """List the newest reports as an Atom feed (RFC 4287), for programs that look for new ones."""
    campaign = get_campaign(slug)
    found = [*map(_listed, digests_of(campaign, limit=MAX_IN_FEED)), *newest_beside(campaign, MAX_IN_FEED)]
    newest = sorted(found, key=lambda one: (one.published_at, one.path), reverse=True)[:MAX_IN_FEED]
    page = render_template("digests/feed.xml", campaign=campaign, reports=newest, formats=FORMATS)
    return Response(page, content_type="application/atom+xml; charset=utf-8")


@bp.get(SCHEMA_PATH)
@public
def schema() -> ResponseReturnValue:
    """Send the JSON schema that each digest's JSON file names."""
    return Response(shipped_schema(), content_type=SCHEMA_MEDIA_TYPE)


@bp.get("/digests/<int:digest_id>")
@public
@same_for_visitors
def show(digest_id: int) -> ResponseReturnValue:
    digest = get_digest(digest_id)
    stored = part_of(digest, DOCUMENT)
    document = json.loads(stored.content) if stored else None
    return render_template(
        "digests/show.html",
        digest=digest,
        title=digest_title(digest),
        campaign=digest.campaign,
        count_names=COUNT_NAMES,
        formats=FORMATS,
        document=document,
        pictures=_pictures(digest, document) if document else {},
    )


@bp.get("/digests/<int:digest_id>/pictures/<name>")
@public
def picture(digest_id: int, name: str) -> ResponseReturnValue:
    """Send a picture of a digest's page. It never changes."""
    part = part_of(get_digest(digest_id), name)
    if part is None or part.name == DOCUMENT:
        raise NotFound(_("그런 그림이 없어요."))
    response = send_file(io.BytesIO(part.content), part.media_type, etag=part.sha256, max_age=PICTURE_SECONDS)
    response.headers["Content-Security-Policy"] = ALONE
    return response


@bp.get("/digests/<int:digest_id>/<file_format>")
@public
def download(digest_id: int, file_format: str) -> ResponseReturnValue:
    digest = get_digest(digest_id)
    file = get_file(digest, file_format)
    response = send_file(io.BytesIO(file.content), etag=file.sha256, download_name=f"digest.{file.format}")
    response.content_type = FORMATS[file.format].media_type  # send_file would name the charset of a text twice
    response.headers["Content-Disposition"] = attachment(*file_names(digest, file.format))
    if current_user.role in STAFF_ROLES and request.method == "GET":
        # A line of the log, not an entry of the audit: no GET changes a row.
        log.info("digest_downloaded", digest_id=digest.id, format=file.format, account_id=current_user.id)
    return response


def _listed(digest: Digest) -> ListedReport:
    """Return a digest as an entry of the feed."""
    files = [
        ListedFile(
            file.format,
            file.size_bytes,
            url_for("digests.download", digest_id=digest.id, file_format=file.format),
        )
        for file in digest.files
    ]
    counts = {name: thousands(digest.counts[name]) for name in ("ideas", "themes")}
    about = _("제안 %(ideas)s건 · 정책 주제 %(themes)s개", **counts)
    path = url_for("digests.show", digest_id=digest.id)
    return ListedReport(digest_title(digest), path, about, digest.published_at or digest.created_at, files)


def _pictures(digest: Digest, document: dict[str, Any]) -> dict[str, str]:
    """Return the address of each chart's picture."""
    keys = [block["key"] for block in document["blocks"] if block["kind"] == "figure"]
    return {key: url_for("digests.picture", digest_id=digest.id, name=f"{key}.svg") for key in keys}


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
        beside=reports_beside(campaign),
        formats=FORMATS,
        title_of=digest_title,
        run=current_run(campaign.id),
        can_build=can_build,
        job=job,
        kind=kind,
        result=kind.result(job, current_user) if kind and job and job.state is JobState.DONE else None,
    )
