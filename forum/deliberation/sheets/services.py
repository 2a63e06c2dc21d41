"""Copy idea slips, and correct what was copied. Vote sheets are counted in `counting`."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app

from forum.core import clock
from forum.core.access import Actor, accountable_id, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.gatherings.queries import helper_ids, lock_gathering
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom, RoomIdeaWay
from forum.deliberation.rooms.table import add_entry, put_on_table
from forum.deliberation.sheets.closing import require_paper_open
from forum.deliberation.sheets.permissions import can_type_slips
from forum.deliberation.sheets.queries import get_slip, slip_of
from forum.deliberation.sheets.slips import most_slips, slip_code
from forum.people.passes.actor import guest_of
from forum.people.passes.models import PassKind
from forum.people.passes.services import admit, end_passes, issue_pass, lock_pass
from forum.system.audit.services import record, text_hash
from forum.voice.ideas.services import correct_copied_idea, submit_idea

HELPERS_ONLY = _l("이 모임을 연 진행자와 도우미만 종이를 옮겨 적어요.")


def type_slip(
    gathering: Gathering,
    actor: Actor,
    slip_number: int | None,
    title: str,
    body: str,
    address: str | None = None,
) -> IdeaRoom:
    """Copy an idea slip onto the room's table. The caller commits.

    The slip gets a pass of its own, whose code its stub shows: its writer finds the idea by it, and nobody else knows
    who wrote it. The pass never acts again.

    :param slip_number: printed on the slip
    :param body: empty where the slip has one sentence alone, which is the title
    :param address: IP address of the request, for the limit of its network: of a whole room
    :raise Forbidden: neither the organiser nor a helper
    :raise WrongState: the slip was copied before, paper is not typed now, or proposing is closed
    :raise InvalidInput: no such slip, or a text that `forum.core.text` refuses
    :raise TooManyTexts: the network has sent too many ideas
    """
    require(can_type_slips(actor, gathering, helper_ids(gathering.id)), str(HELPERS_ONLY))
    lock_gathering(gathering)
    require(can_type_slips(actor, gathering, helper_ids(gathering.id)), str(HELPERS_ONLY))
    require_paper_open(gathering)
    slip_number = _checked_number(gathering, slip_number)
    issued, _code = issue_pass(
        PassKind.PAPER, says_14_or_older=False, terms_version=None, code=slip_code(gathering.id, slip_number)
    )
    admit(issued)
    entry = add_entry(
        gathering,
        EntryWay.PAPER,
        issued.participant.id,
        pass_id=issued.id,
        admitted_at=issued.admitted_at,
        admitted_by_id=accountable_id(actor),
    )
    writer = guest_of(issued)
    idea = submit_idea(gathering.campaign, writer, title, body or title, address=address, is_from_paper=True)
    placed = put_on_table(gathering, idea, RoomIdeaWay.PAPER, entry, slip_number)
    end_passes([issued.id], clock.now(), _read_until(gathering))
    words = text_hash(f"{idea.title}\n{idea.body}")
    record(actor, "sheets.type_slip", gathering, after={"slip": slip_number, "idea": idea.id, "words": words})
    return placed


def correct_slip(
    gathering: Gathering, actor: Actor, slip_number: int, title: str, body: str, seen_revision: int
) -> None:
    """Correct what was copied from a slip, until somebody votes on it. The caller commits.

    :param seen_revision: `Idea.revision` of the words that the page showed
    :raise Forbidden: neither the organiser nor a helper
    :raise NotFound: no such slip
    :raise WrongState: somebody changed it meanwhile, it is its writer's account's now, it has votes, or paper is not
        typed any more
    :raise InvalidInput: a text that `forum.core.text` refuses
    """
    require(can_type_slips(actor, gathering, helper_ids(gathering.id)), str(HELPERS_ONLY))
    lock_gathering(gathering)
    require(can_type_slips(actor, gathering, helper_ids(gathering.id)), str(HELPERS_ONLY))
    require_paper_open(gathering)
    placed = get_slip(gathering.id, slip_number)
    entry = db.session.get_one(GatheringEntry, placed.entry_id)
    if entry.guest_pass is None or lock_pass(entry.guest_pass).joined_at is not None:
        raise WrongState(_("쪽지를 쓴 사람이 제안을 자기 계정으로 가져갔어요. 이제 그 사람만 고칠 수 있어요."))
    idea = placed.idea
    db.session.refresh(idea, with_for_update={"of": type(idea)})
    if idea.revision != seen_revision:
        raise WrongState(_("이 화면을 연 뒤에 다른 사람이 이 쪽지를 고쳤어요. 지금 글을 보고 다시 고쳐 주세요."))
    before = text_hash(f"{idea.title}\n{idea.body}")
    correct_copied_idea(idea, title, body or title)
    after = {"slip": slip_number, "words": text_hash(f"{idea.title}\n{idea.body}")}
    record(actor, "sheets.correct_slip", idea, before={"words": before}, after=after)


def _checked_number(gathering: Gathering, slip_number: int | None) -> int:
    """Return the number of a slip that nobody has copied.

    :raise InvalidInput: no such slip
    :raise WrongState: it was copied before; the message names its idea
    """
    most = most_slips(gathering)
    if slip_number is None or not 1 <= slip_number <= most:
        raise InvalidInput({"slip_number": _("쪽지에 적힌 번호를 써 주세요. 1부터 %(most)s까지예요.", most=most)})
    taken = slip_of(gathering.id, slip_number)
    if taken is None:
        return slip_number
    raise WrongState(
        _(
            "쪽지 %(n)s번은 이미 옮겨 적었어요. 모임 제안 %(number)s번: ‘%(title)s’",
            n=slip_number,
            number=taken.number,
            title=taken.title,
        )
    )


def _read_until(gathering: Gathering) -> datetime | None:
    """Return until when the pass of a slip is read: as those of the room; None while the gathering lasts."""
    if gathering.state is not GatheringState.FINISHED or gathering.finished_at is None:
        return None
    days = timedelta(days=int(current_app.config["GUEST_PASS_DAYS"]))
    return max(gathering.finished_at + days, clock.now())
