"""The analysts' pages: the workbench of a campaign, its clusters, its themes and what runs propose about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.curation import listing, member_lists, membership, queries
from forum.analysis.curation.forms import AdoptForm, GroupsForm, JoinForm, SelectionForm, ThemeForm, VersionForm
from forum.analysis.curation.member_lists import MemberFilter
from forum.analysis.curation.membership import SplitPart
from forum.analysis.curation.pages import tab_context, theme_members_context, theme_page, wants_fragment
from forum.analysis.curation.pairs import join_clusters
from forum.analysis.curation.proposals import accept_proposal, dismiss_proposal
from forum.analysis.curation.queries import get_edit, get_proposal, with_near_duplicates
from forum.analysis.curation.rules import acceptance
from forum.analysis.curation.services import (
    adopt_cluster,
    decide_theme,
    edit_theme,
    reopen_theme,
    start_split_suggestion,
    undo_edit,
)
from forum.analysis.curation.waiting import waiting_in
from forum.analysis.themes.models import DECIDED_STATES, MemberSource, Theme, ThemeState
from forum.analysis.themes.permissions import can_make_themes, can_read_runs
from forum.analysis.themes.queries import (
    current_run,
    finished_runs,
    get_cluster,
    get_run,
    get_theme,
    latest_run_job,
    loose_ideas,
    vote_sums,
)
from forum.core.access import require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.voice.campaigns.queries import all_campaigns, get_campaign
from forum.web.forms import ForumForm
from forum.web.waiting import waiting_at

bp = Blueprint("desk", __name__, template_folder="templates")
LOOSE_SHOWN = 20  # ideas that loosely belong to a cluster, on its page
TABS = ("clusters", "themes", "changes", "acts")


@bp.get("/desk")
def home() -> ResponseReturnValue:
    require(can_read_runs(current_user))
    campaigns = all_campaigns()
    rows = [(campaign, current_run(campaign.id), latest_run_job(campaign.id)) for campaign in campaigns]
    return render_template(
        "desk/home.html",
        rows=rows,
        waiting=waiting_at("desk.home", current_user),
        by_campaign={counts.slug: waiting_in(counts) for counts in queries.desk_counts()},
    )


@bp.get("/c/<slug>/desk")
def workbench(slug: str) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    campaign = get_campaign(slug)
    run = current_run(campaign.id)
    tab = request.args.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    shown = {"campaign": campaign, "run": run, "tab": tab} | tab_context(campaign, run, tab)
    if wants_fragment("listing"):
        return render_template("desk/_workbench_listing.html", **shown)
    return render_template(
        "desk/workbench.html",
        runs=finished_runs(campaign.id),
        job=latest_run_job(campaign.id),
        counts=next(counts for counts in queries.desk_counts() if counts.slug == slug),
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
    adopted = queries.theme_of(found)
    filters = MemberFilter.parse(request.args)
    here = url_for("desk.cluster", run_id=run_id, number=number)
    shown: dict[str, Any] = {
        "members": member_lists.cluster_members(found, filters),
        "filters": filters,
        "here": here,
        "theme": None,
        "can_tick": False,
    }
    if wants_fragment("members"):
        return render_template("desk/_members.html", **shown)
    loose, n_loose = loose_ideas(found, LOOSE_SHOWN)
    return form.page(
        "desk/cluster.html",
        cluster=found,
        campaign=found.run.campaign,
        adopted=adopted,
        theme_sums=vote_sums([adopted.id])[adopted.id] if adopted else None,
        continued=queries.continued_themes(run_id, [found.id]).get(found.id),
        representatives=member_lists.representatives(found.id),
        votes=listing.votes_on(found),
        loose=loose,
        n_loose=n_loose,
        **shown,
    )


@bp.post("/runs/<int:run_id>/clusters/<int:number>/join")
def join(run_id: int, number: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    run, form = get_run(run_id), JoinForm()
    numbers = number, form.other_number()
    theme = join_clusters(run, numbers, current_user, (form.seen.data or "", form.other_seen.data or ""))
    db.session.commit()
    flash(_("두 묶음을 주제 ‘%(title)s’ 하나로 합쳤어요. 아래 ‘한 일’에서 되돌릴 수 있어요.", title=theme.title))
    return redirect(url_for("desk.theme", theme_id=theme.id), 303)


@bp.get("/desk/themes/<int:theme_id>")
def theme(theme_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    found = get_theme(theme_id)
    if wants_fragment("members"):
        return render_template("desk/_members.html", **theme_members_context(found))
    return theme_page(found)


@bp.post("/desk/themes/<int:theme_id>/edit")
def edit(theme_id: int) -> ResponseReturnValue:
    def apply(theme: Theme, form: ThemeForm) -> None:
        edit_theme(theme, current_user, form.title.data or "", form.summary.data or "", form.seen_version())

    return _apply(theme_id, ThemeForm, apply)


@bp.post("/desk/themes/<int:theme_id>/decision")
def decide(theme_id: int) -> ResponseReturnValue:
    def apply(theme: Theme, form: ThemeForm) -> None:
        decision = ThemeState.__members__.get(form.decision.data or "")
        if decision not in DECIDED_STATES:
            raise InvalidInput({"reason": _("승인, 채택하지 않음, 범위 밖 가운데 하나를 골라 주세요.")})
        reason, title, summary = form.reason.data or "", form.title.data, form.summary.data
        decide_theme(theme, current_user, decision, reason, form.seen_version(), title=title, summary=summary)

    return _apply(theme_id, ThemeForm, apply)


@bp.post("/desk/themes/<int:theme_id>/reopen")
def reopen(theme_id: int) -> ResponseReturnValue:
    return _apply(theme_id, VersionForm, lambda theme, form: reopen_theme(theme, current_user, form.seen_version()))


@bp.post("/desk/themes/<int:theme_id>/ideas")
def add_ideas(theme_id: int) -> ResponseReturnValue:
    def apply(theme: Theme, form: SelectionForm) -> str:
        new = membership.add_ideas(theme, form.typed_ids(), current_user, form.seen_version())
        return f"제안 {len(new):,}건을 넣었어요."

    return _apply(theme_id, SelectionForm, apply)


@bp.post("/desk/themes/<int:theme_id>/take-out")
def remove_ideas(theme_id: int) -> ResponseReturnValue:
    def apply(theme: Theme, form: SelectionForm) -> str:
        removed = membership.remove_ideas(theme, _chosen(theme, form), current_user, form.seen_version())
        return f"제안 {len(removed):,}건을 뺐어요. 아래 ‘한 일’에서 되돌릴 수 있어요."

    return _apply(theme_id, SelectionForm, apply)


@bp.post("/desk/themes/<int:theme_id>/move")
def move(theme_id: int) -> ResponseReturnValue:
    def apply(theme: Theme, form: SelectionForm) -> str:
        target = _target(form)
        moved = membership.move_ideas(theme, target, _chosen(theme, form), current_user, form.seen_version())
        return f"제안 {len(moved):,}건을 ‘{target.title}’ 주제로 옮겼어요. 아래 ‘한 일’에서 되돌릴 수 있어요."

    return _apply(theme_id, SelectionForm, apply)


@bp.post("/desk/themes/<int:theme_id>/split")
def split(theme_id: int) -> ResponseReturnValue:
    def apply(theme: Theme, form: SelectionForm) -> str:
        part = SplitPart(form.title.data or "", tuple(_chosen(theme, form)))
        (new,) = membership.split_theme(theme, [part], current_user, form.seen_version())
        return f"새 주제 ‘{new.title}’ 하나를 나누었어요."

    return _apply(theme_id, SelectionForm, apply)


@bp.post("/desk/themes/<int:theme_id>/merge")
def merge(theme_id: int) -> ResponseReturnValue:
    def apply(theme: Theme, form: SelectionForm) -> str:
        target = _target(form)
        membership.merge_themes(theme, target, current_user, form.seen_version(), form.target_version())
        return f"모든 제안을 ‘{target.title}’ 주제에 합쳤어요. 아래 ‘한 일’에서 되돌릴 수 있어요."

    return _apply(theme_id, SelectionForm, apply)


@bp.post("/desk/themes/<int:theme_id>/split-suggestion")
def suggest(theme_id: int) -> ResponseReturnValue:
    def apply(theme: Theme, _form: VersionForm) -> str:
        start_split_suggestion(theme, current_user)
        return "나눌 만한 부분을 찾고 있어요. ‘진행 보기’가 끝나면 이 화면으로 데려와요."

    return _apply(theme_id, VersionForm, apply)


@bp.post("/desk/themes/<int:theme_id>/split-groups")
def split_groups(theme_id: int) -> ResponseReturnValue:
    def apply(theme: Theme, form: GroupsForm) -> str:
        parts = _parts(theme, form)
        new = membership.split_theme(theme, parts, current_user, form.seen_version())
        return f"새 주제 {len(new)}개를 나누었어요."

    return _apply(theme_id, GroupsForm, apply)


@bp.post("/desk/acts/<int:act_id>/undo")
def undo(act_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    edit = get_edit(act_id)
    undo_edit(edit, current_user)
    theme = get_theme(edit.affected_themes[0].theme_id)
    db.session.commit()
    flash(f"되돌렸어요: {edit.kind.label} — {edit.note}")
    if theme.state is ThemeState.UNMADE:
        return redirect(url_for("desk.workbench", slug=theme.campaign.slug), 303)
    return redirect(url_for("desk.theme", theme_id=theme.id), 303)


@bp.get("/desk/proposals/<int:proposal_id>")
def proposal(proposal_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    found = get_proposal(proposal_id)
    return render_template(
        "desk/proposal.html",
        proposal=found,
        campaign=found.theme.campaign,
        ideas=member_lists.proposed_ideas(found, MemberFilter.parse(request.args).page),
        acceptance=acceptance,
    )


@bp.post("/desk/proposals/<int:proposal_id>/take")
def take(proposal_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    found = get_proposal(proposal_id)
    accept_proposal(found, current_user, VersionForm().seen_version())
    db.session.commit()
    flash("받아들였어요. 아래 ‘한 일’에서 되돌릴 수 있어요.")
    return redirect(url_for("desk.theme", theme_id=found.theme_id), 303)


@bp.post("/desk/proposals/<int:proposal_id>/leave")
def leave(proposal_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    found = get_proposal(proposal_id)
    dismiss_proposal(found, current_user, VersionForm().seen_version())
    db.session.commit()
    flash("그대로 두었어요. 다음 분석에서도 같은 것을 다시 묻지 않아요.")
    return redirect(url_for("desk.theme", theme_id=found.theme_id), 303)


def _apply(theme_id: int, form_class: type[ForumForm], edit: Callable[[Theme, Any], str | None]) -> ResponseReturnValue:
    """Edit a theme; if that is refused, show the page again with the errors and what was typed and ticked.

    :param edit: returns the message to flash
    """
    require(can_make_themes(current_user))
    theme, form = get_theme(theme_id), form_class()
    with form.collect_errors():
        if form.validate_on_submit():
            message = edit(theme, form)
            db.session.commit()
            if message:
                flash(message)
            return redirect(url_for("desk.theme", theme_id=theme_id), 303)
    return theme_page(get_theme(theme_id), form)


def _chosen(theme: Theme, form: SelectionForm) -> list[int]:
    """Return the ideas that were ticked, with the near-duplicates of collapsed rows."""
    return with_near_duplicates(theme, queries.displayed_run(theme), form.chosen_ids())


def _target(form: SelectionForm) -> Theme:
    if form.target_id() < 1:
        raise InvalidInput({"target": "옮길 주제를 골라 주세요."})
    return get_theme(form.target_id())


def _parts(theme: Theme, form: GroupsForm) -> list[SplitPart]:
    """Return the machine's groups that were ticked, with the titles they were given and who gave them."""
    suggestion = queries.split_suggestion(theme)
    if suggestion.job is not None and suggestion.job.id != form.seen_suggestion():
        raise WrongState(_("이 화면을 연 뒤에 부분을 다시 찾았어요. 아래에 있는 지금 부분을 보고 다시 골라 주세요."))
    parts = []
    for index, group in enumerate(suggestion.groups):
        if str(index) in (form.groups.data or ()):
            title = request.form.get(f"title-{index}", "").strip()
            source = MemberSource.MACHINE if title == group["title"] else MemberSource.HUMAN
            parts.append(SplitPart(title, tuple(group["idea_ids"]), source))
    if not parts:
        raise InvalidInput("나눌 부분을 하나 이상 골라 주세요.")
    return parts
