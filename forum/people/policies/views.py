from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.people.policies import services
from forum.people.policies.forms import AgreementForm, VersionForm
from forum.people.policies.models import AGREED_KINDS, PolicyKind
from forum.people.policies.permissions import can_publish_policies
from forum.people.policies.queries import (
    Policy,
    current_policies,
    current_policy,
    editions,
    get_policy,
    kind_of_slug,
)
from forum.people.policies.texts import Block, blocks, filled
from forum.web.forms import query_text
from forum.web.gate import public
from forum.web.redirects import MAX_PATH_CHARS, path_on_this_site

bp = Blueprint("policies", __name__, template_folder="templates")
ADMINS_ONLY = _l("관리자만 약관과 안내를 고칠 수 있어요.")


@bp.get("/policies/<slug>")
@public
def show(slug: str) -> ResponseReturnValue:
    kind = kind_of_slug(slug)
    return _page(current_policy(kind))


@bp.get("/policies/<slug>/<int:version>")
@public
def show_version(slug: str, version: int) -> ResponseReturnValue:
    return _page(get_policy(kind_of_slug(slug), version))


@bp.route("/policies/agree", methods=["GET", "POST"])
def agree() -> ResponseReturnValue:
    """Ask somebody for their agreement to the present consent and terms."""
    account = current_user._get_current_object()
    form = AgreementForm(data={"next": path_on_this_site(query_text("next", MAX_PATH_CHARS))})
    back = path_on_this_site(form.next.data) or url_for("accounts.profile")
    if not account.must_agree:
        return redirect(back, 303)
    with form.collect_errors():
        if form.validate_on_submit():
            services.agree(account, account, form.seen())
            db.session.commit()
            flash(_("동의를 적어 두었어요. 고마워요."), "success")
            return redirect(back, 303)
    return form.page("policies/agree.html", back=back)


@bp.get("/admin/policies")
def admin_listing() -> ResponseReturnValue:
    require(can_publish_policies(current_user), str(ADMINS_ONLY))
    return render_template("policies/admin_listing.html", policies=current_policies(list(PolicyKind)))


@bp.route("/admin/policies/<slug>", methods=["GET", "POST"])
def edit(slug: str) -> ResponseReturnValue:
    """Write a new version; the button for a preview shows it without publishing."""
    require(can_publish_policies(current_user), str(ADMINS_ONLY))
    kind = kind_of_slug(slug)
    policy, preview = current_policy(kind), None
    form = VersionForm(data=VersionForm.prefilled(policy))
    with form.collect_errors():
        if form.validate_on_submit():
            if "preview" in request.form:
                preview = preview_of(services.checked_draft(**form.draft())["text"])
            else:
                row = services.publish_version(kind, current_user, form.seen, **form.draft())
                db.session.commit()
                flash(_("‘%(title)s’ %(n)s판을 올렸어요.", title=row.title, n=row.version), "success")
                return redirect(url_for("policies.show", slug=slug), 303)
    context: dict[str, Any] = {"policy": policy, "preview": preview, "asks_again": kind in AGREED_KINDS}
    return form.page("policies/edit.html", **context)


def body(policy: Policy) -> list[Block]:
    """Return a document's text for the page, as it was published."""
    return blocks(policy.shown_text) if policy.shown_text else preview_of(policy.text)


def preview_of(text: str) -> list[Block]:
    """Return a text for the page as it would be published now, with the operator's facts."""
    return blocks(filled(text, current_app.config))


def _page(policy: Policy) -> ResponseReturnValue:
    return render_template("policies/show.html", policy=policy, body=body(policy), editions=editions(policy.kind))
