from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug import Response

from forum.core.errors import InvalidInput, NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.passes.actor import SESSION_KEY, Guest, forget_pass, guest_of_request, remember_pass
from forum.people.passes.attempts import OF_PASSES, check_code_attempts, record_wrong_code
from forum.people.passes.codes import spaced, typed_code
from forum.people.passes.forms import CodeForm
from forum.people.passes.links import links_of, sections_of
from forum.people.passes.models import GuestPass
from forum.people.passes.permissions import why_not_join_pass
from forum.people.passes.queries import get_pass, pass_of_code
from forum.people.passes.services import join_pass, withdraw_pass
from forum.web.forms import query_text
from forum.web.gate import public

bp = Blueprint("passes", __name__, template_folder="templates")


@bp.after_request
def keep_nowhere(response: Response) -> Response:
    """The pages show a code that opens everything of a person: no browser keeps them on a device of several people."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/pass")
@public
def show() -> ResponseReturnValue:
    guest = guest_of_request()
    if guest is None:
        return render_template("passes/none.html", had_one=SESSION_KEY in session)
    return render_template(
        "passes/show.html",
        guest_pass=get_pass(guest.pass_id),
        code=spaced(str(session[SESSION_KEY])),
        links=links_of(guest),
        sections=sections_of(guest),
    )


@bp.get("/pass/open")
@public
def open_form() -> ResponseReturnValue:
    """Show the form. The QR code of a slip fills in its code; nothing happens until its holder presses the button."""
    form = CodeForm(formdata=None, data={"code": query_text("code", 20)})
    return form.page("passes/open.html", holds_one=guest_of_request() is not None)


@bp.post("/pass/open")
@public
def open_pass() -> ResponseReturnValue:
    form = CodeForm()
    with form.collect_errors():
        if form.validate_on_submit() and _pass_typed(form) is not None:
            remember_pass(typed_code(form.code.data or ""))
            return redirect(url_for("passes.show"), 303)
    return form.page("passes/open.html", holds_one=guest_of_request() is not None)


@bp.post("/pass/leave")
@public
def leave() -> ResponseReturnValue:
    """Forget the pass on this device; it changes nothing of the pass."""
    forget_pass()
    flash(_("이 기기에서 참여권을 지웠어요. 적어 둔 번호로 다시 열 수 있어요."))
    return redirect(url_for("passes.show"), 303)


@bp.get("/pass/join")
def join_form() -> ResponseReturnValue:
    return _join_page(CodeForm(formdata=None))


@bp.post("/pass/join")
def join() -> ResponseReturnValue:
    """Join the pass whose code was typed, else the one of this browser, to the account."""
    form, account = CodeForm(), current_user._get_current_object()
    guest = guest_of_request()
    with form.collect_errors():
        if form.validate_on_submit():
            found = _pass_typed(form) if form.code.data or guest is None else get_pass(guest.pass_id)
            if found is not None:
                join_pass(found, account, account)
                db.session.commit()
                if guest is not None and guest.pass_id == found.id:
                    forget_pass()
                flash(_("참여권을 내 계정에 합쳤어요. 모임에서 쓴 제안과 투표가 이제 내 것이에요."))
                return redirect(url_for("thread.mine"), 303)
    return _join_page(form)


@bp.get("/pass/withdraw")
@public
def withdraw_form() -> ResponseReturnValue:
    guest = _held(guest_of_request())
    return render_template("passes/withdraw.html", sections=sections_of(guest))


@bp.post("/pass/withdraw")
@public
def withdraw() -> ResponseReturnValue:
    guest = guest_of_request()
    if guest is None and SESSION_KEY in session:  # a second click: it is done already
        return redirect(url_for("passes.show"), 303)
    guest = _held(guest)
    withdraw_pass(get_pass(guest.pass_id), guest)
    db.session.commit()
    forget_pass()
    flash(_("내 것을 모두 거두고 참여권을 끝냈어요. 함께해 주셔서 고마워요."))
    return redirect(url_for("passes.show"), 303)


def _held(guest: Guest | None) -> Guest:
    """:raise NotFound: this browser holds no pass"""
    if guest is None:
        raise NotFound(_("이 기기에는 열려 있는 참여권이 없어요."))
    return guest


def _pass_typed(form: CodeForm) -> GuestPass | None:
    """Return the pass whose code was typed; None for a wrong one, with its message on the form.

    It is counted and committed although the request is refused, so nothing is raised that would roll it back.

    :raise InvalidInput: nothing typed
    :raise CodesSlowed: too many wrong codes
    """
    text = form.code.data or ""
    if not text.strip():
        raise InvalidInput({"code": _("참여권에 적힌 번호를 넣어 주세요.")})
    check_code_attempts(OF_PASSES, request.remote_addr)
    found = pass_of_code(text)
    if found is None:
        record_wrong_code(OF_PASSES, request.remote_addr)
        db.session.commit()
        wrong = _("이 번호로 열리는 참여권이 없어요. 잘못 썼거나 볼 수 있는 기간이 지났을 수 있어요.")
        form.add_errors(InvalidInput({"code": wrong}))
    return found


def _join_page(form: CodeForm) -> ResponseReturnValue:
    guest = guest_of_request()
    sections = sections_of(guest) if guest is not None else []
    why_not = why_not_join_pass(current_user)
    return make_response(form.page("passes/join.html", guest=guest, sections=sections, why_not=why_not))
