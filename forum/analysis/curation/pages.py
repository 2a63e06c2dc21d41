"""What the analysts' pages show: the theme's page, the tabs of the workbench, fragments for htmx."""

from __future__ import annotations

from typing import Any

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum.analysis.curation import listing, member_lists, queries
from forum.analysis.curation.forms import SelectionForm, ThemeForm, VersionForm
from forum.analysis.curation.listing import CLUSTER_SORTS, THEME_SORTS, Sort, ThemeFilter
from forum.analysis.curation.member_lists import MemberFilter
from forum.analysis.curation.paging import PAGE_SIZE, Page
from forum.analysis.curation.rules import acceptance, available_actions
from forum.analysis.themes.models import Theme, ThemeRun
from forum.analysis.themes.queries import vote_sums
from forum.voice.campaigns.models import Campaign
from forum.web.page_data import page_data


def theme_page(theme: Theme, refused: Any = None) -> ResponseReturnValue:
    """Return the theme's page with all of its forms; `refused` is the one whose errors are shown."""
    forms: dict[str, Any] = {
        "theme_form": ThemeForm(formdata=None, obj=theme),
        "selection": SelectionForm(formdata=None),
        "other_form": VersionForm(formdata=None),
    }
    name = {ThemeForm: "theme_form", SelectionForm: "selection"}
    if refused is not None:
        forms[name.get(type(refused), "other_form")] = refused
    for field in (forms["theme_form"].title, forms["theme_form"].summary):
        if field.data is None:  # a decision that was sent without them
            field.data = getattr(theme, field.short_name)
    shown = theme_members_context(theme) | forms
    reading = queries.ideas_to_read(theme, shown["run_id"])
    page = render_template(
        "desk/theme.html",
        campaign=theme.campaign,
        actions=available_actions(theme),
        acceptance=acceptance,
        sums=vote_sums([theme.id])[theme.id],
        sentences=queries.examined_summary(theme, None if refused is None else forms["theme_form"].summary.data),
        reading=reading,
        read_ids={idea.id for idea in reading},
        drafts=queries.other_drafts(theme),
        edits=queries.edits_of(theme.campaign_id, theme.id),
        proposals=queries.open_proposals(theme.campaign_id, theme.id),
        lineage=queries.lineage_of(theme, shown["run_id"]),
        suggestion=queries.split_suggestion(theme),
        **shown,
    )
    return make_response(page, refused.status if refused is not None else 200)


def theme_members_context(theme: Theme) -> dict[str, Any]:
    """Return what the list of a theme's ideas shows, filtered as the query string says."""
    filters, run_id = MemberFilter.parse(request.args), queries.displayed_run(theme)
    return {
        "theme": theme,
        "run_id": run_id,
        "filters": filters,
        "members": member_lists.theme_members(theme, run_id, filters),
        "can_tick": available_actions(theme).can_edit,
        "here": url_for("desk.theme", theme_id=theme.id),
        "selection": None,
        **page_data("desk/theme.html", theme),
    }


def tab_context(campaign: Campaign, run: ThemeRun | None, tab: str) -> dict[str, Any]:
    """Return what one tab of the workbench shows."""
    sort = Sort.__members__.get(request.args.get("sort", "").upper(), Sort.SIZE)
    wanted = ThemeFilter.__members__.get(request.args.get("state", "").upper())
    number = MemberFilter.parse(request.args).page
    if tab == "themes":
        page = listing.theme_page(campaign, sort, wanted, number)
        return {"sort": sort, "sorts": THEME_SORTS, "wanted": wanted, "filters": tuple(ThemeFilter), "page": page}
    if tab == "changes":
        return {"page": listing.proposal_page(campaign.id, number), "acceptance": acceptance}
    if tab == "acts":
        return {"page": Page(queries.edits_of(campaign.id, size=PAGE_SIZE), 1, 0)}
    unread = request.args.get("show") == "unread"
    clusters = listing.cluster_page(run, sort, number, only_unread=unread) if run else Page([], 1, 0)
    return {"sort": sort, "sorts": CLUSTER_SORTS, "unread": unread, "page": clusters}


def wants_fragment(name: str) -> bool:
    """Whether htmx asks for this fragment of the page. Without script, links bring the whole page."""
    is_back = request.headers.get("HX-History-Restore-Request") == "true"  # the back button wants the whole page
    return request.headers.get("HX-Request") == "true" and not is_back and request.args.get("piece") == name
