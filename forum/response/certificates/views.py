from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.extensions import db, limiter
from forum.core.i18n import _
from forum.response.certificates.permissions import can_agree_to_be_named, is_own_certificate
from forum.response.certificates.queries import get_certificate, successor_of
from forum.response.certificates.services import (
    UNNAMED,
    agree_to_be_named,
    certificate_pdf,
    shown_words,
    take_name_back,
)
from forum.web.gate import public

bp = Blueprint("certificates", __name__, url_prefix="/certificates", template_folder="templates")


@bp.get("/<int:certificate_id>")
@public
def show(certificate_id: int) -> ResponseReturnValue:
    certificate = get_certificate(certificate_id)
    campaign = certificate.referral.theme.campaign
    if certificate.revoked_at is not None:
        successor = successor_of(certificate)
        return render_template(
            "certificates/revoked.html", certificate=certificate, campaign=campaign, successor=successor
        )
    words = shown_words(certificate)
    return render_template(
        "certificates/show.html",
        certificate=certificate,
        campaign=campaign,
        title=words.heading,
        outcome=words.outcome,
        name=certificate.shown_name or UNNAMED,
        is_own=is_own_certificate(current_user, certificate),
        can_agree=can_agree_to_be_named(current_user, certificate),
    )


@bp.get("/<int:certificate_id>.pdf")
@public
@limiter.limit("30 per minute")
def pdf(certificate_id: int) -> ResponseReturnValue:
    response = make_response(certificate_pdf(get_certificate(certificate_id)))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f"attachment; filename=certificate-{certificate_id}.pdf"
    return response


@bp.post("/<int:certificate_id>/name")
def name(certificate_id: int) -> ResponseReturnValue:
    agree_to_be_named(get_certificate(certificate_id), current_user)
    db.session.commit()
    flash(_("증서에 이름을 넣었어요. 언제든 다시 뺄 수 있어요."))
    return redirect(url_for("certificates.show", certificate_id=certificate_id), 303)


@bp.post("/<int:certificate_id>/unname")
def unname(certificate_id: int) -> ResponseReturnValue:
    take_name_back(get_certificate(certificate_id), current_user)
    db.session.commit()
    flash(_("증서에서 이름을 뺐어요."))
    return redirect(url_for("certificates.show", certificate_id=certificate_id), 303)
