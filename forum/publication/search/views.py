from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from forum.publication.search.queries import Question, Results, look_for, proposable_campaign
from forum.system.finding.registry import SEARCH_KINDS
from forum.system.finding.search import MAX_RANKED
from forum.voice.campaigns.queries import all_campaigns
from forum.web.forms import query_number
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

bp = Blueprint("search", __name__, template_folder="templates")


@bp.get("/search")
@public
@same_for_visitors
def results() -> ResponseReturnValue:
    campaigns = all_campaigns()
    question = Question.parse(request.args, campaigns, query_number("page", 1) or 1)
    found = look_for(question, current_app.config["PAGE_SIZE"]) if question.words.tokens else Results(())
    return render_template(
        "search/results.html",
        question=question,
        results=found,
        kinds=SEARCH_KINDS.values(),
        campaigns=campaigns,
        proposable=proposable_campaign(question, campaigns),
        max_counted=MAX_RANKED,
    )
