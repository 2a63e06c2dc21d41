"""The list of what was found out with data, the page of one, the form, and what those who check do."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.dataneeds.models import DataNeed
from forum.response.dataneeds.queries import get_need
from forum.response.dataneeds.subjects import SUBJECT_KINDS, Subject, subject_named, subject_of
from forum.response.datauses.deciding import publish_use, return_use, settle_with
from forum.response.datauses.forms import ReturnForm, SeenForm, SettleForm, UseForm
from forum.response.datauses.models import DataUse, UseState
from forum.response.datauses.pages import may_write, preselected, sees_need, shown_uses, use_page
from forum.response.datauses.permissions import (
    ANALYSTS_ONLY,
    AUTHOR_ONLY,
    CHECKERS_ONLY,
    can_change,
    can_check,
    can_settle,
    why_not_write,
)
from forum.response.datauses.queries import (
    campaigns_with_uses,
    count_uses,
    get_use,
    own_holders,
    usable_datasets,
    uses_page,
)
from forum.response.datauses.services import change_use, withdraw_use, write_use
from forum.web.forms import ForumForm, hidden_number, query_number
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

bp = Blueprint("datauses", __name__, template_folder="templates")


@bp.get("/data-uses")
@public
@same_for_visitors
def listing() -> ResponseReturnValue:
    """List what was found out with data, the newest first."""
    campaigns = campaigns_with_uses()
    chosen = next((one for one in campaigns if one.slug == request.args.get("campaign")), None)
    campaign_id = chosen.id if chosen else None
    n_uses, size = count_uses(campaign_id), current_app.config["PAGE_SIZE"]
    last = max(1, -(-n_uses // size))
    page = min(max(query_number("page", 1) or 1, 1), last)
    uses = shown_uses(uses_page(campaign_id, page, size))
    return render_template(
        "datauses/listing.html",
        uses=uses,
        n_uses=n_uses,
        campaigns=campaigns,
        chosen=chosen,
        page=page,
        last=last,
        is_sample=any(one.use.campaign.is_sample for one in uses),
    )


@bp.route("/data-uses/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Write down what data showed about an idea, a theme, a letter or a task, or in answer to a need."""
    require(may_write(current_user), why_not_write(current_user))
    need, subject = _named()
    usable = usable_datasets()
    form = UseForm.empty(preselected(need, query_number("dataset"), usable)) if request.method == "GET" else UseForm()
    with form.collect_errors():
        if form.validate_on_submit():
            use = write_use(subject, current_user, form.words(), form.chosen_ids(), need, request.remote_addr)
            db.session.commit()
            flash(_said(use, _("공개했어요.")))
            return redirect(url_for("datauses.show", use_id=use.id), 303)
    need, subject = _named()
    form.offer(usable_datasets())
    return form.page("datauses/form.html", subject=subject, need=need, use=None, campaign=subject.campaign)


@bp.get("/data-uses/<int:use_id>")
@public
@same_for_visitors
def show(use_id: int) -> ResponseReturnValue:
    """Show a use: what was found, the chart, what changed, the data and the code."""
    return _page(use_id)


@bp.route("/data-uses/<int:use_id>/edit", methods=["GET", "POST"])
def edit(use_id: int) -> ResponseReturnValue:
    """Change what one wrote."""
    use = get_use(use_id, current_user)
    require(can_change(current_user, use), str(AUTHOR_ONLY))
    form = UseForm.of(use) if request.method == "GET" else UseForm()
    with form.collect_errors():
        if form.validate_on_submit():
            change_use(use, current_user, form.words(), form.chosen_ids(), seen=form.seen_revision())
            db.session.commit()
            flash(_said(use, _("고쳤어요.")))
            return redirect(url_for("datauses.show", use_id=use_id), 303)
    use = get_use(use_id, current_user)
    choices = {one.id: one for one in (*usable_datasets(), *use.datasets)}
    form.offer(sorted(choices.values(), key=lambda one: (one.title, one.id)))
    need = use.need if sees_need(use, current_user) else None
    return form.page("datauses/form.html", subject=subject_of(use), need=need, use=use, campaign=use.campaign)


@bp.post("/data-uses/<int:use_id>/withdraw")
def withdraw(use_id: int) -> ResponseReturnValue:
    """Take back what one wrote."""
    use = get_use(use_id, current_user)
    require(can_change(current_user, use), str(AUTHOR_ONLY))
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            withdraw_use(use, current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("거두었어요. 이제 나만 볼 수 있어요."))
            return _back(use_id)
    return _page(use_id, form)


@bp.post("/data-uses/<int:use_id>/publish")
def publish(use_id: int) -> ResponseReturnValue:
    """Make public what waited for a check."""
    use = _to_check(use_id)
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            publish_use(use, current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("공개했어요. 쓴 사람과 알고 싶어 한 사람에게 알려요."))
            return _back(use_id)
    return _page(use_id, form)


@bp.post("/data-uses/<int:use_id>/return")
def give_back(use_id: int) -> ResponseReturnValue:
    """Give it back to its author, with a reason."""
    use = _to_check(use_id)
    form = ReturnForm()
    with form.collect_errors():
        if form.validate_on_submit():
            return_use(use, current_user, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("까닭과 함께 돌려보냈어요."))
            return redirect(url_for("datasets.desk", _anchor="data-uses"), 303)
    return _page(use_id, form)


@bp.post("/data-uses/<int:use_id>/settle")
def settle(use_id: int) -> ResponseReturnValue:
    """Settle the need that it answers."""
    use = get_use(use_id, current_user)
    require(can_settle(current_user), str(ANALYSTS_ONLY))
    form = SettleForm()
    with form.collect_errors():
        if form.validate_on_submit():
            seen = {"seen": form.seen_revision(), "seen_need": form.seen_need_revision()}
            settle_with(use, current_user, form.reason.data or "", **seen)
            db.session.commit()
            flash(_("자료 요청이 이것으로 풀렸다고 적었어요."))
            return _back(use_id)
    return _page(use_id, form)


def _named() -> tuple[DataNeed | None, Subject]:
    """Return the need that the address or the form names, and what it is about; or what is named without a need.

    :raise NotFound: nothing is named, more than one thing, or what others cannot read
    """
    named = {kind.name: set(request.values.getlist(kind.name)) for kind in SUBJECT_KINDS}
    needs = set(request.values.getlist("need"))
    if len(needs) == 1 and not any(named.values()):
        need = get_need(hidden_number(needs.pop()), current_user).need
        return need, subject_of(need)
    return None, subject_named({name: [hidden_number(one) for one in found] for name, found in named.items()})


def _to_check(use_id: int) -> DataUse:
    use = get_use(use_id, current_user)
    require(can_check(current_user, use, own_holders(current_user)), str(CHECKERS_ONLY))
    return use


def _said(use: DataUse, done: str) -> str:
    if use.state is UseState.WAITING:
        return _("보냈어요. 자료를 가진 기관이나 분석가가 확인하면 공개돼요.")
    return done


def _back(use_id: int) -> ResponseReturnValue:
    return redirect(url_for("datauses.show", use_id=use_id), 303)


def _page(use_id: int, refused: ForumForm | None = None) -> ResponseReturnValue:
    """Show a use, with the form that was refused if there is one."""
    page = use_page(get_use(use_id, current_user), current_user)
    return_form = refused if isinstance(refused, ReturnForm) else ReturnForm(formdata=None)
    suggested = {"reason": page.use.title}
    settle_form = refused if isinstance(refused, SettleForm) else SettleForm(formdata=None, data=suggested)
    return (refused or return_form).page(
        "datauses/show.html",
        page=page,
        use=page.use,
        campaign=page.use.campaign,
        return_form=return_form,
        settle_form=settle_form,
        refused=refused,
    )
