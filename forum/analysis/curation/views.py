from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.curation import listing, queries
from forum.analysis.curation.forms import AdoptForm, DecisionForm, GroupsForm, SelectionForm, ThemeForm, VersionForm
from forum.analysis.curation.listing import MemberFilter, Page, Sort
from forum.analysis.curation.proposals import leave_proposal, take_proposal
from forum.analysis.curation.queries import get_act, get_proposal, with_copies
from forum.analysis.curation.services import (
    Part,
    adopt_cluster,
    ask_for_split,
    decide_theme,
    edit_theme,
    merge_themes,
    move_ideas,
    put_ideas,
    reopen_theme,
    split_theme,
    take_out,
    undo_act,
)
from forum.analysis.themes.models import DECIDED_STATES, MemberSource, Theme, ThemeRun, ThemeState
from forum.analysis.themes.permissions import can_make_themes, can_read_runs
from forum.analysis.themes.queries import current_run, finished_runs, get_cluster, get_theme, latest_run_job, vote_sums
from forum.core.access import require
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.voice.campaigns.models import Campaign
from forum.voice.campaigns.queries import all_campaigns, get_campaign

bp = Blueprint("desk", __name__, template_folder="templates")
TABS = ("clusters", "themes", "changes", "acts")


@bp.get("/desk")
def home() -> ResponseReturnValue:
    require(can_read_runs(current_user))
    campaigns = all_campaigns()
    rows = [(campaign, current_run(campaign.id), latest_run_job(campaign.id)) for campaign in campaigns]
    return render_template("desk/home.html", rows=rows)


@bp.get("/c/<slug>/desk")
def workbench(slug: str) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    campaign = get_campaign(slug)
    run = current_run(campaign.id)
    tab = request.args.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    shown = {"campaign": campaign, "run": run, "tab": tab} | _tab(campaign, run, tab)
    if _wants_piece("listing"):
        return _piece("desk/_workbench_listing.html", **shown)
    return render_template(
        "desk/workbench.html",
        runs=finished_runs(campaign.id),
        job=latest_run_job(campaign.id),
        n_changes=queries.n_open_proposals(campaign.id),
        **shown,
    )


@bp.route("/runs/<int:run_id>/clusters/<int:number>", methods=["GET", "POST"])
def cluster(run_id: int, number: int) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    found = get_cluster(run_id, number)
    form = AdoptForm(title=found.title)
    with form.collect_errors():
        if form.validate_on_submit():
            theme = adopt_cluster(found, current_user, form.title.data or "", form.summary.data or "")
            db.session.commit()
            return redirect(url_for("desk.theme", theme_id=theme.id), 303)
    found = get_cluster(run_id, number)
    wanted = MemberFilter.parse(request.args)
    here = url_for("desk.cluster", run_id=run_id, number=number)
    shown = {"members": listing.cluster_members(found, wanted), "wanted": wanted, "here": here, "theme": None}
    if _wants_piece("members"):
        return _piece("desk/_members.html", **shown)
    return form.page(
        "desk/cluster.html",
        cluster=found,
        campaign=found.run.campaign,
        adopted=queries.theme_of(found),
        heir_of=queries.heirs_of(run_id, [found.id]).get(found.id),
        representatives=listing.representatives(found.id),
        votes=listing.votes_on(found),
        **shown,
    )


@bp.get("/desk/themes/<int:theme_id>")
def theme(theme_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    found = get_theme(theme_id)
    if _wants_piece("members"):
        return _piece("desk/_members.html", **_members(found))
    return _theme_page(found)


@bp.post("/desk/themes/<int:theme_id>/edit")
def edit(theme_id: int) -> ResponseReturnValue:
    def act(theme: Theme, form: ThemeForm) -> None:
        edit_theme(theme, current_user, form.title.data or "", form.summary.data or "", form.seen_version())

    return _act(theme_id, ThemeForm(), act)


@bp.post("/desk/themes/<int:theme_id>/decision")
def decide(theme_id: int) -> ResponseReturnValue:
    def act(theme: Theme, form: DecisionForm) -> None:
        decision = ThemeState.__members__.get(form.decision.data or "")
        if decision not in DECIDED_STATES:
            raise InvalidInput({"reason": "승인, 채택하지 않음, 범위 밖 가운데 하나를 골라 주세요."})
        decide_theme(theme, current_user, decision, form.reason.data or "", form.seen_version())

    return _act(theme_id, DecisionForm(), act)


@bp.post("/desk/themes/<int:theme_id>/reopen")
def reopen(theme_id: int) -> ResponseReturnValue:
    return _act(theme_id, VersionForm(), lambda theme, form: reopen_theme(theme, current_user, form.seen_version()))


@bp.post("/desk/themes/<int:theme_id>/ideas")
def add_ideas(theme_id: int) -> ResponseReturnValue:
    def act(theme: Theme, form: SelectionForm) -> str:
        new = put_ideas(theme, form.typed_ids(), current_user, form.seen_version())
        return f"제안 {len(new):,}건을 넣었습니다."

    return _act(theme_id, SelectionForm(), act)


@bp.post("/desk/themes/<int:theme_id>/take-out")
def remove_ideas(theme_id: int) -> ResponseReturnValue:
    def act(theme: Theme, form: SelectionForm) -> str:
        gone = take_out(theme, _chosen(theme, form), current_user, form.seen_version())
        return f"제안 {len(gone):,}건을 뺐습니다. 아래 ‘한 일’에서 되돌릴 수 있습니다."

    return _act(theme_id, SelectionForm(), act)


@bp.post("/desk/themes/<int:theme_id>/move")
def move(theme_id: int) -> ResponseReturnValue:
    def act(theme: Theme, form: SelectionForm) -> str:
        target = _target(form)
        moved = move_ideas(theme, target, _chosen(theme, form), current_user, form.seen_version())
        return f"제안 {len(moved):,}건을 ‘{target.title}’ 주제로 옮겼습니다. 아래 ‘한 일’에서 되돌릴 수 있습니다."

    return _act(theme_id, SelectionForm(), act)


@bp.post("/desk/themes/<int:theme_id>/split")
def split(theme_id: int) -> ResponseReturnValue:
    def act(theme: Theme, form: SelectionForm) -> str:
        part = Part(form.title.data or "", tuple(_chosen(theme, form)))
        (made,) = split_theme(theme, [part], current_user, form.seen_version())
        return f"새 주제 ‘{made.title}’ 하나를 나누었습니다."

    return _act(theme_id, SelectionForm(), act)


@bp.post("/desk/themes/<int:theme_id>/merge")
def merge(theme_id: int) -> ResponseReturnValue:
    def act(theme: Theme, form: SelectionForm) -> str:
        target = _target(form)
        merge_themes(theme, target, current_user, form.seen_version(), form.target_version())
        return f"모든 제안을 ‘{target.title}’ 주제에 합쳤습니다. 아래 ‘한 일’에서 되돌릴 수 있습니다."

    return _act(theme_id, SelectionForm(), act)


@bp.post("/desk/themes/<int:theme_id>/split-suggestion")
def suggest(theme_id: int) -> ResponseReturnValue:
    def act(theme: Theme, _form: VersionForm) -> str:
        ask_for_split(theme, current_user)
        return "나눌 만한 갈래를 찾고 있습니다. 잠시 뒤 이 화면을 새로 고치면 나타납니다."

    return _act(theme_id, VersionForm(), act)


@bp.post("/desk/themes/<int:theme_id>/split-groups")
def split_groups(theme_id: int) -> ResponseReturnValue:
    def act(theme: Theme, form: GroupsForm) -> str:
        parts = _parts(theme, form)
        made = split_theme(theme, parts, current_user, form.seen_version())
        return f"새 주제 {len(made)}개를 나누었습니다."

    return _act(theme_id, GroupsForm(), act)


@bp.post("/desk/acts/<int:act_id>/undo")
def undo(act_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    act = get_act(act_id)
    undo_act(act, current_user)
    theme = get_theme(act.touched[0].theme_id)
    db.session.commit()
    flash(f"되돌렸습니다: {act.kind.label} — {act.note}")
    if theme.state is ThemeState.UNMADE:
        return redirect(url_for("desk.workbench", slug=theme.campaign.slug), 303)
    return redirect(url_for("desk.theme", theme_id=theme.id), 303)


@bp.get("/desk/proposals/<int:proposal_id>")
def proposal(proposal_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    found = get_proposal(proposal_id)
    ideas = listing.proposed_ideas(found, MemberFilter.parse(request.args).page)
    return render_template("desk/proposal.html", proposal=found, campaign=found.theme.campaign, ideas=ideas)


@bp.post("/desk/proposals/<int:proposal_id>/take")
def take(proposal_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    found = get_proposal(proposal_id)
    take_proposal(found, current_user, VersionForm().seen_version())
    db.session.commit()
    flash("받아들였습니다. 아래 ‘한 일’에서 되돌릴 수 있습니다.")
    return redirect(url_for("desk.theme", theme_id=found.theme_id), 303)


@bp.post("/desk/proposals/<int:proposal_id>/leave")
def leave(proposal_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    found = get_proposal(proposal_id)
    leave_proposal(found, current_user, VersionForm().seen_version())
    db.session.commit()
    flash("그대로 두었습니다. 다음 분석에서도 같은 것을 다시 묻지 않습니다.")
    return redirect(url_for("desk.theme", theme_id=found.theme_id), 303)


def _act(theme_id: int, form: Any, act: Callable[[Theme, Any], str | None]) -> ResponseReturnValue:
    """Do one act on a theme; where it is refused, the page comes back with what was typed, ticked and said."""
    require(can_make_themes(current_user))
    theme = get_theme(theme_id)
    with form.collect_errors():
        if form.validate_on_submit():
            said = act(theme, form)
            db.session.commit()
            if said:
                flash(said)
            return redirect(url_for("desk.theme", theme_id=theme_id), 303)
    return _theme_page(get_theme(theme_id), form)


def _theme_page(theme: Theme, refused: Any = None) -> ResponseReturnValue:
    """The theme with all of an analyst's forms; `refused` is the one that comes back."""
    forms: dict[str, Any] = {
        "edit_form": ThemeForm(formdata=None, obj=theme),
        "decision_form": DecisionForm(formdata=None, obj=theme),
        "selection": SelectionForm(formdata=None),
        "other_form": VersionForm(formdata=None),
    }
    name = {ThemeForm: "edit_form", DecisionForm: "decision_form", SelectionForm: "selection"}
    if refused is not None:
        forms[name.get(type(refused), "other_form")] = refused
    shown = _members(theme) | forms
    page = render_template(
        "desk/theme.html",
        campaign=theme.campaign,
        sums=vote_sums([theme.id])[theme.id],
        sentences=queries.examined_summary(theme),
        drafts=queries.other_drafts(theme),
        acts=queries.acts_of(theme.campaign_id, theme.id),
        proposals=queries.open_proposals(theme.campaign_id, theme.id),
        lineage=queries.lineage_of(theme, shown["run_id"]),
        suggestion=queries.split_suggestion(theme),
        representatives=listing.representatives(theme.cluster_id),
        **shown,
    )
    return make_response(page, refused.status if refused is not None else 200)


def _members(theme: Theme) -> dict[str, Any]:
    wanted, run_id = MemberFilter.parse(request.args), queries.reading_run(theme)
    return {
        "theme": theme,
        "run_id": run_id,
        "wanted": wanted,
        "members": listing.theme_members(theme, run_id, wanted),
        "here": url_for("desk.theme", theme_id=theme.id),
        "selection": None,
    }


def _tab(campaign: Campaign, run: ThemeRun | None, tab: str) -> dict[str, Any]:
    """What one tab of the workbench shows."""
    sort = Sort.__members__.get(request.args.get("sort", "").upper(), Sort.SIZE)
    state = ThemeState.__members__.get(request.args.get("state", "").upper())
    number = MemberFilter.parse(request.args).page
    if tab == "themes":
        return {"sort": sort, "state": state, "page": listing.theme_page(campaign, sort, state, number)}
    if tab == "changes":
        return {"page": listing.proposal_page(campaign.id, number)}
    if tab == "acts":
        return {"page": Page(queries.acts_of(campaign.id, size=listing.PAGE_SIZE), 1, 0)}
    return {"sort": sort, "page": listing.cluster_page(run, sort, number) if run else Page([], 1, 0)}


def _chosen(theme: Theme, form: SelectionForm) -> list[int]:
    """What was ticked; a collapsed row stands for its near-copies too."""
    return with_copies(theme, queries.reading_run(theme), form.chosen_ids())


def _target(form: SelectionForm) -> Theme:
    if form.target_id() < 1:
        raise InvalidInput({"target": "옮길 주제를 골라 주세요."})
    return get_theme(form.target_id())


def _parts(theme: Theme, form: GroupsForm) -> list[Part]:
    """The machine's groups that were ticked, under the names they were given; whose name it is stays known."""
    groups = queries.split_suggestion(theme).groups
    parts = []
    for place, group in enumerate(groups):
        if str(place) in (form.groups.data or ()):
            title = request.form.get(f"title-{place}", "").strip()
            source = MemberSource.MACHINE if title == group["title"] else MemberSource.HUMAN
            parts.append(Part(title, tuple(group["idea_ids"]), source))
    if not parts:
        raise InvalidInput("나눌 갈래를 하나 이상 골라 주세요.")
    return parts


def _wants_piece(name: str) -> bool:
    """Does htmx ask for this one piece of the page? Without script, links bring the whole page."""
    is_back = request.headers.get("HX-History-Restore-Request") == "true"  # the back button wants the whole page
    return request.headers.get("HX-Request") == "true" and not is_back and request.args.get("piece") == name


def _piece(template: str, **context: Any) -> ResponseReturnValue:
    return make_response(render_template(template, **context))
