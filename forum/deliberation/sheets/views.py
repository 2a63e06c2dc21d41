from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import Actor, CodeHolder, accountable_id, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.actor import account_or_device
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import get_gathering, helper_ids
from forum.deliberation.rooms.results import table_of
from forum.deliberation.sheets.closing import why_no_paper
from forum.deliberation.sheets.counting import (
    COUNTERS_ONLY,
    ORGANISER_ONLY,
    SHEETS,
    CountOutcome,
    count_sheets,
    reopen_count,
    seen_result,
)
from forum.deliberation.sheets.forms import CorrectForm, CountForm, ReopenForm, SlipForm
from forum.deliberation.sheets.permissions import can_count_sheets, can_reopen_count, can_type_slips
from forum.deliberation.sheets.queries import (
    count_of,
    get_result,
    get_slip,
    newest_slips,
    next_slip,
    slip_numbers,
    slip_of,
    tallies_of,
)
from forum.deliberation.sheets.services import HELPERS_ONLY, correct_slip, type_slip
from forum.deliberation.sheets.slips import most_slips
from forum.voice.campaigns.models import PhaseKind
from forum.voice.campaigns.queries import why_closed
from forum.web.forms import ForumForm, hidden_number, query_number
from forum.web.gate import also_for_devices

bp = Blueprint("sheets", __name__, url_prefix="/gatherings", template_folder="templates")


@bp.route("/<int:gathering_id>/slips", methods=["GET", "POST"])
@also_for_devices
def slips(gathering_id: int) -> ResponseReturnValue:
    """Copy slips one after another: after each, the same page with the next number."""
    gathering, actor = _for_slips(gathering_id)
    form = SlipForm()
    with form.collect_errors():
        if form.validate_on_submit():
            placed = type_slip(gathering, actor, **form.values(), address=request.remote_addr)
            db.session.commit()
            flash(
                _(
                    "쪽지 %(n)s번을 옮겨 적었어요. 모임 제안 %(number)s번이에요.",
                    n=placed.slip_number,
                    number=placed.number,
                )
            )
            return redirect(url_for("sheets.slips", gathering_id=gathering_id, after=placed.slip_number), 303)
    used, most = slip_numbers(gathering_id), most_slips(gathering)
    if not form.is_submitted() and not form.is_recovered:
        suggested = next_slip(used, query_number("after", used[-1] if used else 0) or 0)
        form.slip_number.process_data(suggested if suggested <= most else None)
    taken = slip_of(gathering_id, form.slip_number.data or 0) if form.is_submitted() else None
    return form.page(
        "sheets/slips.html",
        gathering=gathering,
        campaign=gathering.campaign,
        why_not=why_no_paper(gathering) or why_closed(gathering.campaign, PhaseKind.PROPOSING),
        n_slips=len(used),
        most=most,
        newest=newest_slips(gathering_id),
        taken=taken,
    )


@bp.route("/<int:gathering_id>/slips/<int:slip_number>", methods=["GET", "POST"])
@also_for_devices
def slip(gathering_id: int, slip_number: int) -> ResponseReturnValue:
    """Correct what was copied from a slip."""
    gathering, actor = _for_slips(gathering_id)
    get_slip(gathering_id, slip_number)
    now = slip_of(gathering_id, slip_number)
    assert now is not None
    form = CorrectForm(data={"title": now.title, "body": now.body, "seen_revision": now.revision})
    with form.collect_errors():
        if form.validate_on_submit():
            seen = hidden_number(form.seen_revision.data)
            correct_slip(gathering, actor, slip_number, form.title.data or "", form.body.data or "", seen)
            db.session.commit()
            flash(_("쪽지 %(n)s번을 고쳤어요.", n=slip_number))
            return redirect(url_for("sheets.slips", gathering_id=gathering_id), 303)
    now = slip_of(gathering_id, slip_number) or now
    if form.status == WrongState.status:  # what it says now stands beside what was typed
        form.seen_revision.data = str(now.revision)
    return form.page(
        "sheets/slip.html",
        gathering=gathering,
        campaign=gathering.campaign,
        slip=now,
        why_not=why_no_paper(gathering),
    )


@bp.route("/<int:gathering_id>/sheets", methods=["GET", "POST"])
@also_for_devices
def count(gathering_id: int) -> ResponseReturnValue:
    """Type what one counted. Another person's numbers are never on the page."""
    gathering, actor = _for_sheets(gathering_id)
    if request.method == "POST":
        form = CountForm()
    else:
        own = count_of(gathering_id, accountable_id(actor))
        form = CountForm.of(table_of(gathering), own, is_blank=isinstance(actor, CodeHolder))
    with form.collect_errors():
        if form.validate_on_submit():
            seen = hidden_number(form.seen_revision.data)
            outcome = count_sheets(gathering, actor, form.n_sheets.data, form.marks(), seen)
            db.session.commit()
            flash(_words_of(outcome))
            return redirect(url_for("sheets.count", gathering_id=gathering_id), 303)
    return _sheets_page(gathering, actor, form)


@bp.post("/<int:gathering_id>/sheets/reopen")
def reopen(gathering_id: int) -> ResponseReturnValue:
    gathering, actor = _for_sheets(gathering_id)
    require(can_reopen_count(current_user, gathering), str(ORGANISER_ONLY))
    form = ReopenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            reopen_count(gathering, current_user, form.reason.data or "", form.seen.data or "")
            db.session.commit()
            flash(_("투표지를 다시 세기로 했어요. 두 사람이 처음부터 다시 세어 주세요."))
            return redirect(url_for("sheets.count", gathering_id=gathering_id), 303)
    return _sheets_page(gathering, actor, form)


def _for_slips(gathering_id: int) -> tuple[Gathering, Actor]:
    """Return a gathering, and as whom the request copies its slips."""
    gathering, helpers = get_gathering(gathering_id), helper_ids(gathering_id)
    actor = account_or_device(gathering, lambda one: can_type_slips(one, gathering, helpers))
    require(can_type_slips(actor, gathering, helpers), str(HELPERS_ONLY))
    return gathering, actor


def _for_sheets(gathering_id: int) -> tuple[Gathering, Actor]:
    """Return a gathering, and as whom the request counts its sheets."""
    gathering, helpers = get_gathering(gathering_id), helper_ids(gathering_id)
    actor = account_or_device(gathering, lambda one: can_count_sheets(one, gathering, helpers))
    require(can_count_sheets(actor, gathering, helpers), str(COUNTERS_ONLY))
    return gathering, actor


def _sheets_page(gathering: Gathering, actor: Actor, form: ForumForm) -> ResponseReturnValue:
    """Return the page of a gathering's sheets; `form` is a count, or the refused form to have them counted again."""
    table, result = table_of(gathering), get_result(gathering.id)
    own = count_of(gathering.id, accountable_id(actor))
    count_form = form if isinstance(form, CountForm) else CountForm(formdata=None)
    count_form.follow(table)
    reopen_form = form if isinstance(form, ReopenForm) else ReopenForm(formdata=None)
    if result is not None:
        reopen_form.seen.data = seen_result(result)
    return form.page(
        "sheets/count.html",
        gathering=gathering,
        campaign=gathering.campaign,
        table=table,
        own=own,
        result=result,
        tallies=tallies_of(gathering.id) if result else {},
        differs=set(own.differs) if own else set(),
        sheets_differ=own is not None and SHEETS in own.differs,
        why_not=why_no_paper(gathering),
        may_reopen=can_reopen_count(actor, gathering),
        is_device=isinstance(actor, CodeHolder),
        count_form=count_form,
        reopen_form=reopen_form,
    )


def _words_of(outcome: CountOutcome) -> str:
    return {
        CountOutcome.WAITS: _("센 수를 넣었어요. 다른 한 사람이 세어 넣으면 견주어요."),
        CountOutcome.DIFFERS: _("두 사람이 센 수가 달라요. 표시한 줄을 두 사람 모두 다시 세어 주세요."),
        CountOutcome.ACCEPTED: _("두 사람이 센 수가 같아요. 종이 투표 결과로 정해졌어요."),
    }[outcome]
