from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from forum.publication.outcomes.queries import arguments_page
from forum.publication.outcomes.recent import recent_ratings, recent_shares
from forum.publication.outcomes.shares import added, added_ratings
from forum.publication.outcomes.words import (
    outcome_sentence,
    people_sentence,
    percent,
    rated_sentence,
    rows_in_words,
)
from forum.voice.campaigns.queries import all_campaigns, get_campaign
from forum.web.forms import query_number
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

bp = Blueprint("outcomes", __name__, template_folder="templates")
COMMITTED = "committed"


@bp.get("/c/<slug>/outcomes")
@public
@same_for_visitors
def show(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    only_kept = request.args.get("only") != COMMITTED
    shares, rated = recent_shares([campaign.id])[campaign.id], recent_ratings([campaign.id])[campaign.id]
    return render_template(
        "outcomes/show.html",
        campaign=campaign,
        shares=shares,
        rows=rows_in_words(shares),
        said=[outcome_sentence(shares), people_sentence(shares), rated_sentence(rated) if shares.n_kept else ""],
        only_kept=only_kept,
        page=arguments_page(campaign.id, only_kept, query_number("page", 1) or 1),
    )


@bp.get("/outcomes")
@public
@same_for_visitors
def whole() -> ResponseReturnValue:
    """Show all forums together. Sample forums are invented, and stand apart: they are never added to real ones."""
    campaigns = all_campaigns()
    ids = [one.id for one in campaigns]
    shares, ratings = recent_shares(ids), recent_ratings(ids)
    parts = []
    for is_sample in (False, True):
        of_kind = [one for one in campaigns if one.is_sample is is_sample]
        if not of_kind:
            continue
        total, rated = (
            added(shares[one.id] for one in of_kind),
            added_ratings(ratings[one.id] for one in of_kind),
        )
        parts.append(
            {
                "is_sample": is_sample,
                "shares": total,
                "rows": rows_in_words(total),
                "said": [
                    outcome_sentence(total),
                    people_sentence(total),
                    rated_sentence(rated) if total.n_kept else "",
                ],
                "forums": [(one, shares[one.id], percent(shares[one.id].committed)) for one in of_kind],
            }
        )
    return render_template("outcomes/whole.html", parts=parts, is_sample=bool(parts) and parts[0]["is_sample"])
