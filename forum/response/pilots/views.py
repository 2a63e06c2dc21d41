from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import InvalidInput, NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.pilots.forms import CancelForm, DecisionForm, PlanForm, ReadingForm, ReportForm
from forum.response.pilots.models import Pilot, PilotDecision, ReadingPhase
from forum.response.pilots.pages import next_step, result_page, scale_words
from forum.response.pilots.permissions import can_decide, can_plan, can_run, can_take_over
from forum.response.pilots.queries import (
    family_of,
    get_pilot,
    get_report,
    pilots_of_campaign,
    reading_of,
    taken_over_by,
)
from forum.response.pilots.services import (
    NO_SUCH_PILOT,
    add_report,
    cancel_pilot,
    change_plan,
    decide_pilot,
    plan_pilot,
    record_reading,
    start_pilot,
    take_over,
    try_again,
)
from forum.response.referrals.queries import get_referral, quoted_ideas
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.system.blobs.services import Bytes, store_bytes
from forum.system.blobs.serving import blob_response
from forum.voice.campaigns.queries import get_campaign
from forum.web.forms import query_number
from forum.web.gate import public
from forum.web.page_data import page_data
from forum.web.pagecache import same_for_visitors
from forum.web.photos import RebuiltPhoto, read_photos, takes_photos

bp = Blueprint("pilots", __name__, template_folder="templates")
audit_rejected_posts(bp)
PHASES = {"before": ReadingPhase.BEFORE, "after": ReadingPhase.AFTER}


@bp.get("/c/<slug>/pilots")
@public
@same_for_visitors
def listing(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    page = pilots_of_campaign(campaign, query_number("page", 1) or 1)
    return render_template("pilots/listing.html", campaign=campaign, page=page)


@bp.get("/pilots/<int:pilot_id>")
@public
@same_for_visitors
def show(pilot_id: int) -> ResponseReturnValue:
    pilot = get_pilot(pilot_id)
    runs = can_run(current_user, pilot)
    return render_template(
        "pilots/show.html",
        pilot=pilot,
        campaign=pilot.referral.theme.campaign,
        family=family_of(pilot),
        ideas=[one for one in quoted_ideas(pilot.referral_id) if not one.is_gone],
        result=result_page(pilot),
        scale=scale_words(pilot.measure_kind),
        before=reading_of(pilot, ReadingPhase.BEFORE),
        after=reading_of(pilot, ReadingPhase.AFTER),
        runs=runs,
        decides=can_decide(current_user, pilot),
        next_step=next_step(pilot) if runs else "",
        may_take_over=can_take_over(current_user, pilot) and taken_over_by(pilot, current_user.ministry_id) is None,
        **page_data("pilots/show.html", pilot),
    )


@bp.route("/referrals/<int:referral_id>/pilots/new", methods=["GET", "POST"])
def new(referral_id: int) -> ResponseReturnValue:
    referral = get_referral(referral_id)
    if not can_plan(current_user, referral):
        raise NotFound(_("그런 전달 문서가 없어요."))
    form = PlanForm()
    with form.collect_errors():
        if form.validate_on_submit():
            pilot = plan_pilot(referral, current_user, form.plan())
            db.session.commit()
            flash(_("시범을 준비해 두었어요. 먼저 ‘하기 전’ 값을 재어 넣어 주세요."))
            return redirect(url_for("pilots.show", pilot_id=pilot.id), 303)
    return form.page("pilots/plan.html", referral=referral, campaign=referral.theme.campaign, pilot=None)


@bp.route("/pilots/<int:pilot_id>/edit", methods=["GET", "POST"])
def edit(pilot_id: int) -> ResponseReturnValue:
    pilot = _own(pilot_id)
    form = PlanForm.of(pilot)
    with form.collect_errors():
        if form.validate_on_submit():
            change_plan(pilot, current_user, form.plan(), form.seen())
            db.session.commit()
            return redirect(url_for("pilots.show", pilot_id=pilot_id), 303)
    pilot = get_pilot(pilot_id)
    campaign = pilot.referral.theme.campaign
    return form.page("pilots/plan.html", referral=pilot.referral, campaign=campaign, pilot=pilot)


@bp.route("/pilots/<int:pilot_id>/readings/<any(before, after):phase>", methods=["GET", "POST"])
def reading(pilot_id: int, phase: str) -> ResponseReturnValue:
    pilot = _own(pilot_id)
    form = ReadingForm.of(reading_of(pilot, PHASES[phase]))
    form.ask(pilot.measure_kind)
    with form.collect_errors():
        if form.validate_on_submit():
            record_reading(pilot, current_user, PHASES[phase], form.typed(), form.seen())
            db.session.commit()
            flash(_("잰 값을 넣었어요."))
            return redirect(url_for("pilots.show", pilot_id=pilot_id), 303)
    pilot = get_pilot(pilot_id)
    return form.page("pilots/reading.html", pilot=pilot, campaign=pilot.referral.theme.campaign, phase=PHASES[phase])


@bp.post("/pilots/<int:pilot_id>/start")
def start(pilot_id: int) -> ResponseReturnValue:
    pilot = _own(pilot_id)
    start_pilot(pilot, current_user, CancelForm().seen())
    db.session.commit()
    flash(_("시범을 시작했어요. 제안한 사람과 찬성한 사람에게 알렸어요."))
    return redirect(url_for("pilots.show", pilot_id=pilot_id), 303)


@bp.route("/pilots/<int:pilot_id>/reports/new", methods=["GET", "POST"])
@takes_photos("photo")
def report(pilot_id: int) -> ResponseReturnValue:
    pilot = _own(pilot_id)
    form = ReportForm()
    with form.collect_errors():
        if form.validate_on_submit():
            add_report(pilot, current_user, form.text.data or "", _photo(form), form.caption.data or "")
            db.session.commit()
            flash(_("소식을 알렸어요."))
            return redirect(url_for("pilots.show", pilot_id=pilot_id, _anchor="reports"), 303)
    pilot = get_pilot(pilot_id)
    return form.page("pilots/report.html", pilot=pilot, campaign=pilot.referral.theme.campaign)


def _photo(form: ReportForm) -> tuple[RebuiltPhoto, Bytes] | None:
    """Return the photo, in the store already: that may take seconds, and no row is locked yet.

    :raise InvalidInput: it is refused, or nobody says what it shows
    """
    photos = read_photos([form.photo.data], "photo", most=1)
    if not photos:
        return None
    if not (form.caption.data or "").strip():
        raise InvalidInput({"caption": _("사진이 무엇을 보여 주는지 써 주세요. 화면을 듣는 사람도 알 수 있게요.")})
    return photos[0], store_bytes(photos[0].data, photos[0].media_type)


@bp.route("/pilots/<int:pilot_id>/decide", methods=["GET", "POST"])
def decide(pilot_id: int) -> ResponseReturnValue:
    pilot = _own(pilot_id)
    require(can_decide(current_user, pilot), _("답변을 승인할 수 있는 담당자만 정할 수 있어요."))
    form = DecisionForm()
    with form.collect_errors():
        if form.validate_on_submit():
            if form.decision.data not in PilotDecision.__members__:
                raise InvalidInput({"decision": _("하나를 골라 주세요.")})
            decision = PilotDecision[form.decision.data]
            decide_pilot(pilot, current_user, decision, form.reason.data or "", form.seen())
            db.session.commit()
            flash(_("정했어요. 제안한 사람과 찬성한 사람에게 알렸어요."))
            return redirect(url_for("pilots.show", pilot_id=pilot_id), 303)
    pilot = get_pilot(pilot_id)
    campaign = pilot.referral.theme.campaign
    return form.page("pilots/decide.html", pilot=pilot, campaign=campaign, result=result_page(pilot))


@bp.route("/pilots/<int:pilot_id>/cancel", methods=["GET", "POST"])
def cancel(pilot_id: int) -> ResponseReturnValue:
    pilot = _own(pilot_id)
    form = CancelForm()
    with form.collect_errors():
        if form.validate_on_submit():
            cancel_pilot(pilot, current_user, form.reason.data or "", form.seen())
            db.session.commit()
            flash(_("시범을 그만두었어요."))
            return redirect(url_for("pilots.show", pilot_id=pilot_id), 303)
    pilot = get_pilot(pilot_id)
    return form.page("pilots/cancel.html", pilot=pilot, campaign=pilot.referral.theme.campaign)


@bp.post("/pilots/<int:pilot_id>/again")
def again(pilot_id: int) -> ResponseReturnValue:
    pilot = try_again(_own(pilot_id), current_user)
    db.session.commit()
    flash(_("고친 시범을 준비해 두었어요. 무엇을 고칠지 써 주세요."))
    return redirect(url_for("pilots.edit", pilot_id=pilot.id), 303)


@bp.post("/pilots/<int:pilot_id>/take-over")
def take(pilot_id: int) -> ResponseReturnValue:
    taken = take_over(get_pilot(pilot_id), current_user)
    db.session.commit()
    flash(_("이어받았어요. 우리 지역의 곳과 날짜로 고친 뒤 시작해 주세요."))
    return redirect(url_for("pilots.show", pilot_id=taken.id), 303)


@bp.get("/pilots/reports/<int:report_id>/photo")
@public
def photo(report_id: int) -> Response:
    found = get_report(report_id)
    if found.blob is None:
        raise NotFound(_("그런 사진이 없어요."))
    return blob_response(found.blob)


def _own(pilot_id: int) -> Pilot:
    """:raise NotFound: no such pilot, or another office's"""
    pilot = get_pilot(pilot_id)
    if not can_run(current_user, pilot):
        raise NotFound(str(NO_SUCH_PILOT))
    return pilot
