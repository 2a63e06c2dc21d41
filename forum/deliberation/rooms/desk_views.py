"""What those who run a room do: check in, set the table, open tablets, show the screen, start and finish."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.actor import runner_of
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.permissions import can_run_day
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.rooms.bringing import bring_idea, take_idea_back
from forum.deliberation.rooms.checkin import check_in, remove_person, require_runner, take_back_check_in
from forum.deliberation.rooms.codes import spaced_join_code
from forum.deliberation.rooms.forms import BringForm, CheckInForm, FinishForm, RevisionForm
from forum.deliberation.rooms.locking import require_running, why_not_open
from forum.deliberation.rooms.pictures import join_address, join_qr
from forum.deliberation.rooms.queries import people_in, tablets_of
from forum.deliberation.rooms.results import people_of, table_of
from forum.deliberation.rooms.running import ORGANISER_ONLY, finish_gathering, reconcile, start_gathering
from forum.deliberation.rooms.tablets import close_tablet, open_tablet, remember_tablet
from forum.deliberation.rooms.tallies import count_voters
from forum.deliberation.rooms.views import bp
from forum.people.signin.session import leave_this_browser
from forum.voice.ideas.queries import Filters, idea_page
from forum.web.form_recovery import IDEMPOTENCY_FIELD
from forum.web.forms import ForumForm, query_text
from forum.web.gate import also_for_devices
from forum.web.idempotency import idempotency_exempt

MAX_FOUND = 10


def _run(gathering_id: int) -> Gathering:
    """Return a gathering to somebody who runs its room."""
    gathering = get_gathering(gathering_id)
    require_runner(gathering, runner_of(gathering))
    return gathering


@bp.get("/gatherings/<int:gathering_id>/people")
@also_for_devices
def people(gathering_id: int) -> ResponseReturnValue:
    gathering = _run(gathering_id)
    return render_template(
        "rooms/people.html", gathering=gathering, people=people_in(gathering_id), closed=why_not_open(gathering)
    )


@bp.post("/gatherings/<int:gathering_id>/people/check-in")
@also_for_devices
def check_in_people(gathering_id: int) -> ResponseReturnValue:
    """Check in those whom the page showed; who joined meanwhile stays as they are."""
    gathering = _run(gathering_id)
    n_done = check_in(gathering, runner_of(gathering), CheckInForm().entry_ids())
    db.session.commit()
    flash(_("%(n)s명의 출석을 확인했어요.", n=n_done) if n_done else _("모두 벌써 확인한 사람이에요."))
    return redirect(url_for("rooms.people", gathering_id=gathering_id), 303)


@bp.post("/gatherings/<int:gathering_id>/people/<int:entry_id>/undo")
@also_for_devices
def undo_check_in(gathering_id: int, entry_id: int) -> ResponseReturnValue:
    gathering = _run(gathering_id)
    take_back_check_in(gathering, runner_of(gathering), entry_id)
    db.session.commit()
    flash(_("출석 확인을 되돌렸어요."))
    return redirect(url_for("rooms.people", gathering_id=gathering_id), 303)


@bp.post("/gatherings/<int:gathering_id>/people/<int:entry_id>/take-out")
@also_for_devices
def take_person_out(gathering_id: int, entry_id: int) -> ResponseReturnValue:
    gathering = _run(gathering_id)
    remove_person(gathering, runner_of(gathering), entry_id)
    db.session.commit()
    flash(_("모임방에서 뺐어요. 그 자리에 다른 사람이 들어올 수 있어요."))
    return redirect(url_for("rooms.people", gathering_id=gathering_id), 303)


@bp.get("/gatherings/<int:gathering_id>/table")
@also_for_devices
def table(gathering_id: int) -> ResponseReturnValue:
    return _table_page(_run(gathering_id), BringForm(formdata=None))


@bp.post("/gatherings/<int:gathering_id>/table")
@also_for_devices
def bring(gathering_id: int) -> ResponseReturnValue:
    gathering = _run(gathering_id)
    form = BringForm()
    with form.collect_errors():
        if form.validate_on_submit():
            placed = bring_idea(gathering, runner_of(gathering), form.idea.data)
            db.session.commit()
            flash(_("모임방의 %(n)s번 제안으로 가져왔어요.", n=placed.number))
            return redirect(url_for("rooms.table", gathering_id=gathering_id), 303)
    return _table_page(gathering, form)


@bp.post("/gatherings/<int:gathering_id>/table/<int:idea_id>/take-back")
@also_for_devices
def take_back_idea(gathering_id: int, idea_id: int) -> ResponseReturnValue:
    gathering = _run(gathering_id)
    take_idea_back(gathering, runner_of(gathering), idea_id)
    db.session.commit()
    flash(_("모임방에서 뺐어요. 제안은 포럼에 그대로 있어요."))
    return redirect(url_for("rooms.table", gathering_id=gathering_id), 303)


@bp.post("/gatherings/<int:gathering_id>/start")
@also_for_devices
def start(gathering_id: int) -> ResponseReturnValue:
    gathering = get_gathering(gathering_id)
    require(can_run_day(runner_of(gathering), gathering), str(ORGANISER_ONLY))
    start_gathering(gathering, runner_of(gathering), RevisionForm().seen)
    db.session.commit()
    flash(_("모임방을 열었어요. 참여자에게 화면의 번호를 보여 주세요."))
    return redirect(url_for("rooms.screen", gathering_id=gathering_id), 303)


@bp.route("/gatherings/<int:gathering_id>/finish", methods=["GET", "POST"])
@also_for_devices
def finish(gathering_id: int) -> ResponseReturnValue:
    gathering = get_gathering(gathering_id)
    require(can_run_day(runner_of(gathering), gathering), str(ORGANISER_ONLY))
    if request.method == "GET":
        require_running(gathering)
    known = reconcile(gathering)
    form = FinishForm() if request.method == "POST" else FinishForm.of(gathering.revision, known.fewest)
    with form.collect_errors():
        if form.validate_on_submit():
            finish_gathering(gathering, runner_of(gathering), form.n_present.data, form.seen)
            db.session.commit()
            flash(_("모임을 마쳤어요. 모임방의 투표를 이대로 적어 두었어요."))
            return redirect(url_for("gatherings.desk", gathering_id=gathering_id), 303)
    return form.page("rooms/finish.html", gathering=gathering, known=known, n_voted=count_voters(gathering))


@bp.get("/gatherings/<int:gathering_id>/screen")
@also_for_devices
def screen(gathering_id: int) -> ResponseReturnValue:
    """Show the code large enough for the last row, and numbers alone: no names."""
    gathering = _run(gathering_id)
    code = gathering.join_code
    return render_template(
        "rooms/screen.html",
        gathering=gathering,
        code=spaced_join_code(code) if code else "",
        qr=join_qr(code) if code else "",
        address=join_address(),
        people=people_of(gathering_id),
        n_ideas=len(table_of(gathering)),
        n_voted=count_voters(gathering),
        closed=why_not_open(gathering),
    )


@bp.get("/gatherings/<int:gathering_id>/tablets")
@also_for_devices
def tablets(gathering_id: int) -> ResponseReturnValue:
    gathering = _run(gathering_id)
    return render_template(
        "rooms/tablets.html", gathering=gathering, tablets=tablets_of(gathering_id), closed=why_not_open(gathering)
    )


@bp.post("/gatherings/<int:gathering_id>/tablets")
@also_for_devices
@idempotency_exempt  # the key of the form makes the tablet: the same form twice makes one
def make_tablet(gathering_id: int) -> ResponseReturnValue:
    """Make this device a tablet of the room, and sign its owner out here: it goes through many hands."""
    gathering = _run(gathering_id)
    form = ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            secret = open_tablet(gathering, runner_of(gathering), request.form.get(IDEMPOTENCY_FIELD, ""))
            db.session.commit()
            leave_this_browser()
            remember_tablet(secret)
            return redirect(url_for("rooms.tablet"), 303)
    return form.page(
        "rooms/tablets.html", gathering=gathering, tablets=tablets_of(gathering_id), closed=why_not_open(gathering)
    )


@bp.post("/gatherings/<int:gathering_id>/tablets/<int:tablet_id>/close")
@also_for_devices
def end_tablet(gathering_id: int, tablet_id: int) -> ResponseReturnValue:
    gathering = _run(gathering_id)
    close_tablet(gathering, runner_of(gathering), tablet_id)
    db.session.commit()
    flash(_("태블릿을 닫았어요."))
    return redirect(url_for("rooms.tablets", gathering_id=gathering_id), 303)


def _table_page(gathering: Gathering, form: BringForm) -> ResponseReturnValue:
    words = query_text("q", 100)
    found = idea_page(gathering.campaign, Filters.parse({"q": words}), "", MAX_FOUND).ideas if words else ()
    on_table = table_of(gathering)
    return form.page(
        "rooms/table.html",
        gathering=gathering,
        table=on_table,
        words=words,
        found=found,
        placed={idea.idea_id for idea in on_table},
        closed="" if gathering.join_code or gathering.started_at is None else why_not_open(gathering),
    )
