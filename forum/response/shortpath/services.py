"""확인: start the check of an everyday idea and end it: sent, merged into an earlier one, or not for this forum.

Each outcome names what its page showed. Lock order: the theme if the idea is in one, then ideas by their ids, then the
check; a letter that is sent from a theme's own page takes them in the same order.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from forum.analysis.curation.edits import lock_themes
from forum.analysis.curation.services import adopt_idea
from forum.analysis.themes.models import Theme, ThemeState
from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.core.workdays import after_working_days, rule_value
from forum.people.ministries.models import Ministry
from forum.response.referrals.models import Referral, ReferralIdea
from forum.response.referrals.services import MAX_LETTER_CHARS, forward_theme
from forum.response.shortpath import mails
from forum.response.shortpath.facts import CHECKS
from forum.response.shortpath.models import CheckOutcome, EverydayCheck
from forum.response.shortpath.permissions import can_check
from forum.response.shortpath.queries import has_checks, is_held, stale_checks, themes_with
from forum.system.audit.services import record, text_hash
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.merging import lock_ideas, merge_idea, unmerge_idea
from forum.voice.ideas.models import Idea, IdeaState

MAX_OFFICE_CHARS = 60
MAX_REASON_CHARS = 1_000


def start_check(idea: Idea) -> None:
    """Start the check of a new idea; it is due three working days later. The caller commits.

    An idea that a moderator has to read first has its clock started too: waiting for staff is no reason to wait longer.
    Ideas of campaigns without checks have none.
    """
    if has_checks(db.session.get_one(Campaign, idea.campaign_id)):
        today = clock.today()
        db.session.add(EverydayCheck(idea_id=idea.id, started_on=today, due_on=_due_after(today)))
        db.session.flush()


def start_missing_check(idea: Idea) -> bool:
    """Start today the check of an idea that was there before checks were, or was imported. The caller commits.

    :return: whether it had none
    """
    lock_ideas(idea)
    if idea.state is not IdeaState.OPEN or db.session.get(EverydayCheck, idea.id) is not None:
        return False
    start_check(idea)
    return True


def send_idea(
    check: EverydayCheck, actor: Actor, office: Ministry, office_name: str = "", letter: str = "", *, seen: str
) -> Referral:
    """Send an idea to the office that is responsible. The caller commits.

    An approved theme that holds the idea is sent as it is. An idea in no theme gets one of its own: approved, named and
    summarised after the idea (`curation.adopt_idea`), so that every letter points at a theme.

    :param office_name: 시·군·구 or a department, for which there is no account; it stands in the letter
    :param seen: of `seen_of`
    :raise Forbidden: only analysts
    :raise WrongState: ended already, changed since, not open, in a draft theme, or sending is closed
    :raise InvalidInput: over-long texts, or a resident registration number
    """
    require(can_check(actor))
    office_name = clean_line(office_name, "office_name", _("맡을 곳"), max_chars=MAX_OFFICE_CHARS, min_chars=0)
    refuse_resident_numbers(office_name, "office_name")
    theme = _theme_to_send(check.idea_id)
    if theme is not None:
        lock_themes(theme)
    _begin(check, actor, seen)
    if _id(_theme_to_send(check.idea_id)) != _id(theme):
        raise WrongState(_("그사이에 이 제안이 든 주제가 바뀌었어요. 새로 고쳐 다시 해 주세요."))
    author = _author_of(check.idea)
    if theme is None:
        why = _("3근무일 안에 확인하는 일상 제안이라, 이 제안 한 건을 맡은 곳에 바로 전해요.")
        theme = adopt_idea(check.idea, actor, why)
    failpoint("shortpath.themed")
    referral = forward_theme(
        theme, actor, office, letter=_letter(letter, office_name), version=theme.version, told=list(author)
    )
    db.session.refresh(check)  # ended by `end_checks_of_letter`
    check.office_name = office_name
    db.session.flush()
    after = _codes(check) | {"office": office.code, "office_name": text_hash(office_name)}
    record(actor, "shortpath.send", check, after=after, facts=CHECKS.of([check.idea_id]))
    mails.notify_of_sending(check, referral, office, author)
    return referral


def merge_as_same(check: EverydayCheck, actor: Actor, target: Idea, *, seen: str) -> None:
    """Merge an idea into an earlier open one that asks for the same. The caller commits.

    :param target: written before, or sent to an office already
    :param seen: of `seen_of`
    :raise Forbidden: only analysts
    :raise WrongState: ended already, changed since, or one of the two is not open
    :raise InvalidInput: the same idea, one of another campaign, or a later one
    """
    require(can_check(actor))
    _begin(check, actor, seen, target)
    idea = check.idea
    if not _is_earlier(target, idea):
        raise InvalidInput({"target": _("먼저 나온 제안이나 이미 맡은 곳에 보낸 제안을 골라 주세요.")})
    merge_idea(idea, target, actor)
    _end(check, actor, CheckOutcome.SAME, same_as_id=target.id)
    record(actor, "shortpath.merge", check, after=_codes(check), facts=CHECKS.of([check.idea_id]))
    mails.notify_of_merge(check, target, _author_of(idea))


def refuse_idea(check: EverydayCheck, actor: Actor, reason: str, *, seen: str) -> None:
    """End a check because the idea is not for this forum, with a public reason; it stays open. The caller commits.

    :param seen: of `seen_of`
    :raise Forbidden: only analysts
    :raise WrongState: ended already, changed since, or the idea is not open
    :raise InvalidInput: no reason, too long, or a resident registration number
    """
    require(can_check(actor))
    reason = clean_text(reason, "reason", _("까닭"), max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(reason, "reason")
    _begin(check, actor, seen)
    _end(check, actor, CheckOutcome.NOT_HERE, reason=reason)
    after = _codes(check) | {"reason": text_hash(reason)}
    record(actor, "shortpath.refuse", check, after=after, facts=CHECKS.of([check.idea_id]))
    mails.notify_of_refusal(check, _author_of(check.idea))


def reopen_check(check: EverydayCheck, actor: Actor, *, seen: str) -> None:
    """Open a check again that was ended as SAME or NOT_HERE; its three working days begin anew. The caller commits.

    A letter cannot be taken back. What had been merged into the idea before follows it again.

    :param seen: of `seen_of`
    :raise Forbidden: only analysts
    :raise WrongState: another outcome, or changed since
    """
    require(can_check(actor))
    _lock(check)
    require(can_check(actor))
    _require_seen(check, seen)
    if check.outcome not in {CheckOutcome.SAME, CheckOutcome.NOT_HERE}:
        raise WrongState(_("맡은 곳에 보낸 확인은 되돌릴 수 없어요. 합쳤거나 다룰 수 없다고 한 것만 되돌려요."))
    if check.outcome is CheckOutcome.SAME and check.idea.state is not IdeaState.MERGED:
        raise WrongState(_("지금은 공개하지 않는 제안이라 되돌릴 수 없어요."))
    _reopen(check, actor)
    mails.notify_of_reopening(check, _author_of(check.idea))


def end_checks_of_letter(referral: Referral, actor: Actor) -> None:
    """End the checks of the ideas that a new letter quotes, also one sent from its theme's page. The caller commits.

    One that was ended as not for here is overtaken by the letter.
    """
    quoted = sa.select(ReferralIdea.idea_id).where(ReferralIdea.referral_id == referral.id)
    is_open = sa.or_(EverydayCheck.outcome.is_(None), EverydayCheck.outcome == CheckOutcome.NOT_HERE)
    query = sa.select(EverydayCheck).where(EverydayCheck.idea_id.in_(quoted), is_open).order_by(EverydayCheck.idea_id)
    locked = query.with_for_update(of=EverydayCheck).execution_options(populate_existing=True)
    checks = db.session.scalars(locked).all()
    for check in checks:
        _end(check, actor, CheckOutcome.SENT, referral_id=referral.id, reason="")
    for check in checks:
        record(actor, "shortpath.letter", check, after=_codes(check), facts=CHECKS.of([check.idea_id]))


def keep_check(check: EverydayCheck) -> bool:
    """Close a check whose idea is gone, or open one whose idea is back, for the system. The caller commits.

    :return: whether anything was to be done; asked again under the lock
    """
    _lock(check)
    if check.idea_id not in stale_checks():
        return False
    if check.outcome is None:
        _end(check, SYSTEM, CheckOutcome.CLOSED)
        record(SYSTEM, "shortpath.close", check, after=_codes(check), facts=CHECKS.of([check.idea_id]))
        return True
    was = check.outcome
    _reopen(check, SYSTEM)
    if was is CheckOutcome.SAME:
        mails.notify_of_reopening(check, _author_of(check.idea))
    return True


def remind_of_checks() -> int:
    """Remind the analysts of checks that are due on the next working day, and once more when late. The caller commits.

    A row is marked before anybody is told, so two workers tell of it once.

    :return: how many checks were told of
    """
    today = clock.today()
    soon = sa.and_(
        EverydayCheck.due_on >= today,
        EverydayCheck.due_on <= after_working_days(today, 1),
        EverydayCheck.reminded_on.is_(None),
    )
    late = sa.and_(
        EverydayCheck.due_on < today,
        sa.or_(EverydayCheck.reminded_on.is_(None), EverydayCheck.reminded_on <= EverydayCheck.due_on),
    )
    n_soon, n_late = _mark_reminded(soon), _mark_reminded(late)
    if n_soon:
        mails.remind_analysts(n_soon, is_late=False)
    if n_late:
        mails.remind_analysts(n_late, is_late=True)
    return n_soon + n_late


def seen_of(check: EverydayCheck) -> str:
    """Return what a page showed of a check and its idea; an outcome sends it back."""
    return f"{check.revision}.{check.idea.revision}"


def _mark_reminded(which: sa.ColumnElement[bool]) -> int:
    marked = (
        sa.update(EverydayCheck)
        .where(EverydayCheck.outcome.is_(None), which)
        .values(reminded_on=clock.today())
        .returning(EverydayCheck.idea_id)
        .execution_options(synchronize_session=False)
    )
    return len(db.session.scalars(marked).all())


def _due_after(day: date) -> date:
    return after_working_days(day, rule_value("everyday_check"))


def _begin(check: EverydayCheck, actor: Actor, seen: str, *others: Idea) -> None:
    """Lock an idea with its check, and refuse what was not seen as it is."""
    _lock(check, *others)
    require(can_check(actor))
    _require_seen(check, seen)
    if check.outcome is not None:
        raise WrongState(_("이미 확인을 마친 제안이에요: %(outcome)s.", outcome=check.outcome.label))
    if check.idea.state is IdeaState.HIDDEN and is_held(check.idea):
        raise WrongState(_("운영진이 먼저 읽어야 하는 제안이에요. ‘신고와 숨김’에서 읽고 공개한 다음 확인해 주세요."))
    if check.idea.state is not IdeaState.OPEN:
        raise WrongState(_("‘%(state)s’ 상태인 제안은 확인할 수 없어요.", state=check.idea.state.label))


def _lock(check: EverydayCheck, *others: Idea) -> None:
    lock_ideas(check.idea, *others)
    db.session.refresh(check, with_for_update={"of": EverydayCheck})


def _require_seen(check: EverydayCheck, seen: str) -> None:
    if seen_of(check) != seen:
        changed = _("이 화면을 연 뒤에 제안이나 확인이 바뀌었어요. 아래에 있는 지금 내용을 보고 다시 정해 주세요.")
        raise WrongState(changed)


def _end(check: EverydayCheck, actor: Actor, outcome: CheckOutcome, **values: object) -> None:
    revision = check.revision + 1  # read first: a flush between two of the values would break the row
    values |= {"outcome": outcome, "decided_by_id": actor.id, "revision": revision}
    values |= {"decided_at": clock.now(), "decided_on": clock.today()}
    for name, value in values.items():
        setattr(check, name, value)
    db.session.flush()


def _reopen(check: EverydayCheck, actor: Actor) -> None:
    """Open a check again from today. A merged idea stands on its own again, with what was merged into it before."""
    before = _codes(check)
    if check.outcome is CheckOutcome.SAME and check.idea.state is IdeaState.MERGED:
        first = sa.select(EverydayCheck.idea_id).where(EverydayCheck.same_as_id == check.idea_id)
        unmerge_idea(check.idea, actor, list(db.session.scalars(first)))
        db.session.refresh(check)
    today, revision = clock.today(), check.revision + 1
    check.outcome = check.referral_id = check.same_as_id = check.reminded_on = None
    check.decided_by_id = check.decided_at = check.decided_on = None
    check.reason = check.office_name = ""
    check.started_on, check.due_on, check.revision = today, _due_after(today), revision
    db.session.flush()
    record(actor, "shortpath.reopen", check, before, _codes(check), CHECKS.of([check.idea_id]))


def _theme_to_send(idea_id: int) -> Theme | None:
    """Return the approved theme with which an idea is sent; None if it is to get one of its own.

    :raise WrongState: it is in a draft, which has to be decided first
    """
    themes = themes_with(idea_id)
    approved = next((theme for theme in themes if theme.state is ThemeState.APPROVED), None)
    if approved is None and themes:
        title = themes[0].title
        in_draft = _(
            "검토 중인 주제 ‘%(title)s’에 든 제안이에요. 그 주제를 승인하거나 거기에서 빼 주세요.", title=title
        )
        raise WrongState(in_draft)
    return approved


def _id(theme: Theme | None) -> int | None:
    return theme.id if theme else None


def _is_earlier(target: Idea, idea: Idea) -> bool:
    if (target.created_at, target.id) < (idea.created_at, idea.id):
        return True
    return bool(db.session.scalar(sa.select(sa.exists().where(ReferralIdea.idea_id == target.id))))


def _letter(letter: str, office_name: str) -> str:
    """Return the letter's words with the office within the office.

    :raise InvalidInput: too long; `forward_theme` checks the rest
    """
    if not office_name:
        return letter
    first = _("%(office)s에서 살펴 주세요.", office=office_name)
    most = MAX_LETTER_CHARS - len(first) - 2
    if len(letter) > most:
        raise InvalidInput({"letter": _("글이 너무 길어요. %(n)s자까지 쓸 수 있어요.", n=most)})
    return f"{first}\n\n{letter}".strip()


def _author_of(idea: Idea) -> dict[int, str]:
    """Return the author's address by account, if there is an open account to tell."""
    account = idea.author.account if idea.author else None
    return {account.id: account.email} if account is not None and account.active else {}


def _codes(check: EverydayCheck) -> dict[str, object]:
    return {
        "outcome": check.outcome.name if check.outcome else None,
        "due_on": check.due_on.isoformat(),
        "referral_id": check.referral_id,
        "same_as_id": check.same_as_id,
    }
