from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum.core.extensions import csrf, db, limiter
from forum.core.i18n import _
from forum.publication.subscriptions.forms import RhythmForm, SubscriptionForm
from forum.publication.subscriptions.queries import DAYS_TO_CONFIRM, subscription_of
from forum.publication.subscriptions.services import ask_for_mail, choose_rhythm, end_subscription
from forum.voice.campaigns.queries import get_campaign
from forum.web.gate import public

bp = Blueprint("subscriptions", __name__, template_folder="templates")


@bp.get("/c/<slug>/digests/mail")
@public
def new(slug: str) -> ResponseReturnValue:
    form = SubscriptionForm(formdata=None)
    is_asked = request.args.get("asked") == "yes"
    return form.page("subscriptions/new.html", campaign=get_campaign(slug), is_asked=is_asked, days=DAYS_TO_CONFIRM)


@bp.post("/c/<slug>/digests/mail")
@public
@limiter.limit("60 per hour")  # a school shares one address
def ask(slug: str) -> ResponseReturnValue:
    campaign, form = get_campaign(slug), SubscriptionForm()
    with form.collect_errors():
        if form.validate_on_submit():
            ask_for_mail(campaign, form.address.data or "", form.rhythm.data or "", agrees=bool(form.agrees.data))
            db.session.commit()
            return redirect(url_for("subscriptions.new", slug=slug, asked="yes"), 303)
    return form.page("subscriptions/new.html", campaign=campaign, is_asked=False, days=DAYS_TO_CONFIRM)


@bp.get("/digest-mail/<token>")
@public
def manage(token: str) -> ResponseReturnValue:
    """Show what a link in a mail is about, with buttons: programs that scan mail open its links, and press nothing."""
    return _page(token, RhythmForm(formdata=None))


@bp.post("/digest-mail/<token>")
@public
def choose(token: str) -> ResponseReturnValue:
    subscription, form = subscription_of(token), RhythmForm()
    if subscription is None:
        return _page(token, form)
    was_confirmed = subscription.confirmed_at is not None
    with form.collect_errors():
        if form.validate_on_submit():
            choose_rhythm(subscription, form.rhythm.data or "")
            db.session.commit()
            flash(_("바꾸었어요.") if was_confirmed else _("이제 새 보고서가 나오면 메일로 알려 드려요."))
            return redirect(url_for("subscriptions.manage", token=token), 303)
    return _page(token, form)


@bp.get("/digest-mail/<token>/leave")
@public
def leave(token: str) -> ResponseReturnValue:
    return render_template("subscriptions/leave.html", token=token, subscription=subscription_of(token))


@csrf.exempt
@bp.post("/digest-mail/<token>/leave", endpoint="leave_now")
@public
def leave_now(token: str) -> ResponseReturnValue:
    """End a subscription. Mail programs do this too, without cookie and form (RFC 8058); so the token alone decides."""
    subscription = subscription_of(token)
    if subscription is not None:
        end_subscription(subscription)
        db.session.commit()
    return render_template("subscriptions/leave.html", token=token, subscription=None)


def _page(token: str, form: RhythmForm) -> ResponseReturnValue:
    subscription = subscription_of(token)
    if subscription is not None and not form.is_submitted():
        form.rhythm.data = subscription.rhythm.name
    return form.page("subscriptions/manage.html", token=token, subscription=subscription)
