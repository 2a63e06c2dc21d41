from __future__ import annotations

from flask import Blueprint, current_app, render_template, send_file
from flask.typing import ResponseReturnValue

from forum.core.extensions import limiter
from forum.people.policies.texts import LICENCE_SENTENCES
from forum.publication.digests.document import ColumnKind
from forum.publication.opendata.csv_file import CHARSETS, chosen_encoding, write_csv
from forum.publication.opendata.queries import row_counts
from forum.publication.opendata.tables import get_table, tables_of
from forum.voice.campaigns.queries import get_campaign
from forum.web.downloads import attachment
from forum.web.forms import query_text
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

NOT_MODIFIED = 304

bp = Blueprint("opendata", __name__, template_folder="templates")


@bp.get("/c/<slug>/data")
@public
@same_for_visitors
def show(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    return render_template(
        "opendata/show.html",
        campaign=campaign,
        tables=tables_of(campaign),
        counts=row_counts(campaign),
        kinds=ColumnKind,
        licence=LICENCE_SENTENCES[current_app.config["CONTRIBUTION_LICENCE"]],
    )


@bp.get("/c/<slug>/data/<name>.csv")
@public
@limiter.limit("12 per minute")  # a table of 20,000 ideas takes a second and a half to write
def download(slug: str, name: str) -> ResponseReturnValue:
    """Give a table as it is now; who has the same one already is told so."""
    campaign = get_campaign(slug)
    table = get_table(name, campaign)
    encoding = chosen_encoding(query_text("encoding", 20))
    file = write_csv(table.columns(), table.rows(campaign), encoding, is_sample=campaign.is_sample)
    response = send_file(file.content, "text/csv", etag=file.etag)
    response.headers["Content-Type"] = f"text/csv; charset={CHARSETS[encoding]}"  # send_file would say utf-8 of any
    if response.status_code != NOT_MODIFIED:
        response.content_length = file.n_bytes
    response.headers["Content-Disposition"] = attachment(f"{campaign.title}-{table.title}.csv", f"{name}-{slug}.csv")
    return response
