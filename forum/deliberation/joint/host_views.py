"""Host a joint session: its page, its moves, its start and end; take over a role; say that one is there."""

from __future__ import annotations

from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.actor import runner_of
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.joint.after_end import after_end
from forum.deliberation.joint.forms import MoveForm, SeenForm, TakeoverForm
from forum.deliberation.joint.grants import OF_JOINT, WrongCode, grant_of_request, remember_grant, take_over
from forum.deliberation.joint.models import JointGrant, JointSession
from forum.deliberation.joint.moves import move_to
from forum.deliberation.joint.overview import overview_of
from forum.deliberation.joint.permissions import HOST_ONLY, can_change_session, can_host
from forum.deliberation.joint.queries import get_session
from forum.deliberation.joint.running import finish_session, start_session
from forum.deliberation.joint.taking_part import say_alive
from forum.deliberation.joint.views import bp
from forum.deliberation.rooms.checkin import require_runner
from forum.people.passes.attempts import check_code_attempts, record_wrong_code
from forum.web.forms import ForumForm
from forum.web.gate import also_for_devices, public
from forum.web.idempotency import idempotency_exempt

NO_STORE = {"Cache-Control": "private, no-store"}


@bp.get("/joint/<int:session_id>/host")
@also_for_devices
def host(session_id: int) -> ResponseReturnValue:
    session, _grant = _hosted(session_id)
    return _host_page(session, ForumForm(formdata=None))


@bp.post("/joint/<int:session_id>/moves")
@also_for_devices
def move(session_id: int) -> ResponseReturnValue:
    (session, grant), form = _hosted(session_id), MoveForm()
    with form.collect_errors():
        if form.validate_on_submit():
            move_to(session, form.wanted, current_user, form.seen_number, grant)
            db.session.commit()
            return redirect(url_for("joint.host", session_id=session_id), 303)
    return _host_page(session, form)


@bp.post("/joint/<int:session_id>/start")
@also_for_devices
def start(session_id: int) -> ResponseReturnValue:
    (session, grant), form = _hosted(session_id), SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            start_session(session, current_user, form.seen_number, grant)
            db.session.commit()
            flash(_("연결 모임을 시작했어요. 모든 화면이 첫 단계로 가요."))
            return redirect(url_for("joint.host", session_id=session_id), 303)
    return _host_page(session, form)


@bp.post("/joint/<int:session_id>/finish")
@also_for_devices
def finish(session_id: int) -> ResponseReturnValue:
    (session, grant), form = _hosted(session_id), SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            finish_session(session, current_user, form.seen_number, grant)
            db.session.commit()
            flash(_("연결 모임을 마쳤어요. 열려 있던 모임방도 함께 닫았어요."))
            return redirect(url_for("joint.show", session_id=session_id), 303)
    return _host_page(session, form)


@bp.get("/joint/<int:session_id>/takeover")
@public
def takeover(session_id: int) -> ResponseReturnValue:
    session = get_session(session_id)
    return TakeoverForm(formdata=None).page("joint/takeover.html", session=session, campaign=session.campaign)


@bp.post("/joint/<int:session_id>/takeover")
@public
@idempotency_exempt  # its answer is a cookie; a second time takes the role over once more, on the same device
def do_takeover(session_id: int) -> ResponseReturnValue:
    """Give this browser the role whose code was typed. Wrong codes are counted by network, and slowed down."""
    session, form = get_session(session_id), TakeoverForm()
    with form.collect_errors():
        if form.validate_on_submit():
            check_code_attempts(OF_JOINT, request.remote_addr)
            return _take_over(session, form.code.data or "")
    return form.page("joint/takeover.html", session=session, campaign=session.campaign)


@bp.post("/gatherings/<int:gathering_id>/alive")
@also_for_devices
@idempotency_exempt  # it says when, so that a second time is another one
def alive(gathering_id: int) -> ResponseReturnValue:
    """Note that the screen of who runs a room is there; answer whether it should say so again."""
    gathering = get_gathering(gathering_id)
    require_runner(gathering, runner_of(gathering))
    again = say_alive(gathering_id)
    db.session.commit()
    return jsonify(again=again)


def _take_over(session: JointSession, code: str) -> ResponseReturnValue:
    try:
        grant, secret = take_over(session, code)
    except WrongCode:
        db.session.rollback()
        record_wrong_code(OF_JOINT, request.remote_addr)
        db.session.commit()
        raise
    db.session.commit()
    remember_grant(secret)
    if grant.gathering_id is None:
        flash(_("이제 이 기기로 연결 모임을 진행해요."))
        return redirect(url_for("joint.host", session_id=session.id), 303)
    flash(_("이제 이 기기로 모임방을 이끌어요."))
    return redirect(url_for("joint.show", session_id=session.id), 303)


def _hosted(session_id: int) -> tuple[JointSession, JointGrant | None]:
    """Return a session and this device's grant to who may host it."""
    session, grant = get_session(session_id), grant_of_request(session_id)
    require(can_host(current_user, session, grant), str(HOST_ONLY))
    return session, grant


def _host_page(session: JointSession, form: ForumForm) -> ResponseReturnValue:
    """Return the host's page as the session is now, also where the host was refused."""
    page = render_template(
        "joint/host.html",
        form=form,
        session=session,
        campaign=session.campaign,
        now=overview_of(session),
        may_change=can_change_session(current_user, session),
        after_end=after_end(session, current_user),
    )
    return make_response(page, form.status, form.headers | NO_STORE)
