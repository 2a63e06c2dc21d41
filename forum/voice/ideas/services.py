"""Submit, edit, withdraw, draft, import and mask ideas; comment on them.

What people type is checked by `forum.core.text` and stored masked; the words as typed are kept apart for their author
(`IdeaOriginal`, `CommentOriginal`). Every text of an idea is stored with its search tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import affected, dialect_insert
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.privacy import mask
from forum.core.reference import Sector, regions
from forum.core.text import clean_line, clean_text, comparison_key, refuse_resident_numbers, strip_control_characters
from forum.people.accounts.models import Participant
from forum.system.audit.services import record, text_hash
from forum.system.texts.flood import is_flood
from forum.system.texts.limits import count_by_network, count_by_person
from forum.system.texts.registry import TextKind
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import require_open
from forum.voice.ideas.binding import require_editable, require_withdrawable
from forum.voice.ideas.followups import follow_submission
from forum.voice.ideas.importing import ImportReport, Row, SourceFile, parse_agree_count, parse_written_at
from forum.voice.ideas.models import (
    Comment,
    CommentOriginal,
    Idea,
    IdeaDraft,
    IdeaOriginal,
    IdeaState,
    IdeaTally,
)
from forum.voice.ideas.parts import PartValues, Sent, all_parts, parts_of
from forum.voice.ideas.permissions import (
    can_change,
    can_comment,
    can_import,
    can_propose,
    why_not_comment,
    why_not_propose,
)
from forum.voice.ideas.queries import has_votes, known_external_ids, words_for
from forum.voice.ideas.search import SEARCH_TOKENS_VERSION, tokens_of
from forum.voice.moderation.services import hold
from nlp.records import IdeaText
from nlp.routing.duties import SECTOR_DUTIES
from nlp.text.cleaning import decode_entities, looks_like_html, to_paragraphs

BATCH_SIZE = 500  # texts examined between two commits
MAX_IMPORTED_TITLE_CHARS = 300
NOT_YOURS_TO_EDIT = "자기가 쓴 공개 중인 제안만 고칠 수 있어요."
NOT_YOURS_TO_WITHDRAW = "자기가 쓴 공개 중인 제안만 철회할 수 있어요."
EDITED_MEANWHILE = _l("이 제안을 다른 화면에서 그사이에 고쳤어요. 아래의 지금 제안과 견주어 보고 다시 저장해 주세요.")
MAX_DETAIL_CHARS = 200  # of one field of a draft
MAX_GUESSED_TITLE_CHARS = 300
MAX_HTML_CHARS = 400_000  # about a second's work; no text of 5,000 or 40,000 characters has so much markup


def likely_sector(title: str, body: str) -> Sector | None:
    """Return the sector that an idea's words suggest, or None. Uses the shipped duties alone, no encoder."""
    from nlp.routing.router import shipped_router  # scikit-learn: not for commands and processes that guess nothing

    idea = IdeaText(0, title[:MAX_GUESSED_TITLE_CHARS], body)  # not checked yet: a title may have a million characters
    best = shipped_router(SECTOR_DUTIES).suggest([idea], k=1)[0]
    return Sector[best.code] if best.words else None


def submit_idea(
    campaign: Campaign,
    actor: Actor,
    title: str,
    body: str,
    sector: str = "",
    region_code: str = "",
    address: str | None = None,
    is_from_paper: bool = False,
    parts: PartValues | None = None,
) -> Idea:
    """Store a citizen's new idea and discard the draft of it. The caller commits.

    One of many near-copies is hidden until a moderator has read it.

    :param sector: name of a Sector, or empty if the citizen does not know
    :param region_code: code from `data/regions.csv`, or empty
    :param address: IP address of the request, for the limit of its network
    :param is_from_paper: somebody answerable copies a slip of paper. A class that writes much the same is no flood, and
        words that are masked are kept nowhere: nobody was asked, and the writer may be a child
    :param parts: what `read_parts` returned; None where nobody was asked, as in a room and on paper
    :raise Forbidden: not a confirmed citizen or facilitator
    :raise TooManyTexts: the person or the network has sent too many ideas
    :raise WrongState: proposing is closed, or the author has an open idea with the same words
    :raise InvalidInput: a text that `forum.core.text` refuses, or an unknown sector or region
    """
    require(can_propose(actor), why_not_propose(actor))
    require_open(campaign, PhaseKind.PROPOSING)
    title, body = check_texts(title, body)
    given = _given(campaign, parts)
    count_by_person(Idea.__tablename__, actor)
    for part, value in given:
        part.count_by_person(actor, value)
    _refuse_duplicate(campaign, actor, title, body)
    require(can_propose(actor), why_not_propose(actor))
    require_open(campaign, PhaseKind.PROPOSING)
    idea = Idea(
        campaign_id=campaign.id,
        author_id=actor.participant_id,
        title=title,
        body=body,
        sector=_parse_sector(sector),
        region_code=_parse_region(region_code),
    )
    store_idea(idea)
    for part, value in given:
        part.store(idea, value)
    if not is_from_paper:
        _store_original(idea, title, body)
        discard_draft(campaign, actor)
        if is_flood(idea):
            hold(idea)
    follow_submission(idea)
    count_by_network(Idea.__tablename__, address)
    for part, value in given:
        part.count_by_network(address, value)
    return idea


def check_idea(campaign: Campaign, actor: Actor, sent: Sent) -> None:
    """Refuse what `submit_idea` would refuse whoever the author is, before a visitor is asked to register.

    :raise WrongState: proposing is closed
    :raise InvalidInput: a text that `forum.core.text` refuses, or a part of the idea that its slice refuses
    """
    require_open(campaign, PhaseKind.PROPOSING)
    _read_everything(campaign, actor, sent)


def read_parts(campaign: Campaign, actor: Actor, sent: Sent) -> PartValues:
    """Check what an idea of this campaign was sent, and put its files into the store.

    It may take seconds: call it before the transaction writes. A file that nothing points at later is deleted.

    :param sent: the fields of the form, `title` and `body` among them
    :return: for `submit_idea` and `edit_idea`
    :raise InvalidInput: with the messages for all fields
    :raise TooManyTexts: the person has sent too many files
    """
    values = _read_everything(campaign, actor, sent)
    return {part.name: part.keep(actor, values[part.name]) for part in parts_of(campaign)}


def _read_everything(campaign: Campaign, actor: Actor, sent: Sent) -> dict[str, Any]:
    mistakes, values = Mistakes(), {}
    with mistakes.noted():
        check_texts(sent.get("title") or "", sent.get("body") or "")
    for part in parts_of(campaign):
        with mistakes.noted():
            values[part.name] = part.read(actor, sent)
    mistakes.raise_if_any()
    return values


def _given(campaign: Campaign, parts: PartValues | None) -> list[tuple[Any, Any]]:
    """Return the parts with their values; none where nobody was asked."""
    return [(part, parts[part.name]) for part in parts_of(campaign)] if parts is not None else []


def store_idea(idea: Idea) -> Idea:
    """Add a checked idea with its search tokens and an empty tally. The caller commits."""
    idea.search_tokens = tokens_of(idea.title, idea.body)
    idea.search_tokens_version = SEARCH_TOKENS_VERSION
    db.session.add(idea)
    db.session.flush()
    db.session.add(IdeaTally(idea_id=idea.id, agree=0, disagree=0, pass_=0, comments=0))
    db.session.flush()
    return idea


def edit_idea(
    idea: Idea,
    actor: Actor,
    title: str,
    body: str,
    sector: str = "",
    region_code: str = "",
    parts: PartValues | None = None,
    seen_revision: int | None = None,
    address: str | None = None,
) -> None:
    """Edit one's own idea while it has no votes; the earlier wording is kept. The caller commits.

    :param parts: as `submit_idea`; None leaves them as they are
    :param seen_revision: the revision that the page showed; None for programs that showed none
    :param address: as `submit_idea`, for what the parts count
    :raise Forbidden: somebody else's idea, or one that is not open
    :raise TooManyTexts: the person has sent too many ideas; an edit counts as one
    :raise WrongState: it has votes, a letter to a ministry quotes it, proposing is closed, or it was edited since the
        page was opened
    :raise InvalidInput: as `submit_idea`
    """
    require(can_change(actor, idea), NOT_YOURS_TO_EDIT)
    given = _given(idea.campaign, parts)
    count_by_person(Idea.__tablename__, actor)
    for part, value in given:
        part.count_by_person(actor, value)
    _lock(idea)
    require(can_change(actor, idea), NOT_YOURS_TO_EDIT)
    if seen_revision is not None and seen_revision != idea.revision:
        raise WrongState(EDITED_MEANWHILE)
    require_editable(idea)
    require_open(idea.campaign, PhaseKind.PROPOSING)
    if has_votes(idea):
        raise WrongState("이미 투표한 사람이 있어 고칠 수 없어요. 내용을 보태려면 댓글로 남겨 주세요.")
    title, body = check_texts(title, body)
    new_sector, new_region = _parse_sector(sector), _parse_region(region_code)
    new_words = (title, body, new_sector) != (*words_for(actor, idea), idea.sector)
    if new_words:
        idea.keep_wording()
        idea.title, idea.body, idea.sector = title, body, new_sector
        _store_original(idea, title, body)
        idea.search_tokens = tokens_of(idea.title, idea.body)
        idea.search_tokens_version = SEARCH_TOKENS_VERSION
    changes = [part.change(idea, value) for part, value in given]
    if not new_words and (any(changes) or (given and new_region != idea.region_code)):
        idea.keep_wording()  # its revision says also which photos and which place a page showed
    idea.region_code = new_region
    db.session.flush()
    for part, value in given:
        part.count_by_network(address, value)


def correct_copied_idea(idea: Idea, title: str, body: str) -> None:
    """Correct an idea that was copied from paper, to what the paper says; the earlier wording is kept.

    The caller has asked for the permission, writes the audit entry and commits.

    :raise WrongState: it is not open, has votes, or something binds it
    :raise InvalidInput: as `submit_idea`
    """
    title, body = check_texts(title, body)
    _lock(idea)
    if idea.state is not IdeaState.OPEN:
        raise WrongState(_("‘%(state)s’ 상태인 제안은 고칠 수 없어요.", state=idea.state.label))
    require_editable(idea)
    if has_votes(idea):
        raise WrongState(_("이미 투표한 사람이 있어 고칠 수 없어요."))
    idea.keep_wording()
    idea.title, idea.body = title, body
    idea.search_tokens = tokens_of(idea.title, idea.body)
    idea.search_tokens_version = SEARCH_TOKENS_VERSION
    db.session.flush()


def save_draft(
    campaign: Campaign,
    actor: Actor,
    title: str,
    body: str,
    sector: str = "",
    region_code: str = "",
    address: str | None = None,
    sent: Sent | None = None,
) -> datetime | None:
    """Save the draft of an idea; empty texts discard it. The caller commits.

    :param address: as `submit_idea`
    :param sent: as `read_parts`; its texts are kept too, files never
    :return: when it was saved; None if it was discarded
    :raise Forbidden: not a participant
    :raise TooManyTexts: the person or the network saves too often
    :raise InvalidInput: longer than an idea may be, or with a resident registration number, which is never stored
    """
    require(actor.participant_id is not None, "로그인한 뒤에 초안을 둘 수 있어요.")
    limits = current_app.config
    title = clean_line(title, "title", "제목", max_chars=limits["IDEA_TITLE_MAX_CHARS"], min_chars=0)
    body = clean_text(body, "body", "내용", max_chars=limits["IDEA_BODY_MAX_CHARS"], min_chars=0)
    refuse_resident_numbers(title, "title")
    refuse_resident_numbers(body, "body")
    if not title and not body:
        discard_draft(campaign, actor)
        return None
    choices = {
        "sector": sector if sector in Sector.__members__ else "",
        "region_code": region_code if region_code in regions() else "",
        "details": _draft_details(campaign, sent or {}),
    }
    count_by_person(IdeaDraft.__tablename__, actor)
    values = {"title": title, "body": body, "saved_at": clock.now(), "waits_for_confirmation": False} | choices
    key = {"participant_id": actor.participant_id, "campaign_id": campaign.id}
    draft = dialect_insert(db.session, IdeaDraft).values(key | values)
    keep = draft.on_conflict_do_update(index_elements=list(key), set_=values)
    db.session.execute(keep.execution_options(synchronize_session=False))
    db.session.expire_all()
    count_by_network(IdeaDraft.__tablename__, address)
    return values["saved_at"]  # type: ignore[return-value]


def _draft_details(campaign: Campaign, sent: Sent) -> dict[str, str]:
    """:raise InvalidInput: longer than a line may be, or with a resident registration number"""
    details = {}
    for name in (name for part in parts_of(campaign) for name in part.draft_fields):
        text = clean_line(str(sent.get(name) or ""), name, _("칸"), max_chars=MAX_DETAIL_CHARS, min_chars=0)
        refuse_resident_numbers(text, name)
        if text:
            details[name] = text
    return details


def discard_draft(campaign: Campaign, actor: Actor) -> None:
    """Delete the actor's draft, if there is one. The caller commits."""
    db.session.execute(
        sa.delete(IdeaDraft)
        .where(IdeaDraft.participant_id == actor.participant_id, IdeaDraft.campaign_id == campaign.id)
        .execution_options(synchronize_session=False)
    )


def purge_drafts() -> int:
    """Delete drafts that have not been saved for `DRAFT_DAYS`. The caller commits.

    :return: how many
    """
    oldest = clock.now() - timedelta(days=int(current_app.config["DRAFT_DAYS"]))
    done = db.session.execute(
        sa.delete(IdeaDraft).where(IdeaDraft.saved_at < oldest).execution_options(synchronize_session=False)
    )
    return affected(done)


def withdraw_idea(idea: Idea, actor: Actor) -> None:
    """Withdraw one's own idea: it leaves lists, search and analysis. The caller commits.

    A letter that quotes it keeps the text for its readers, without the author's name.

    :raise Forbidden: somebody else's idea, or one that is not open
    :raise WrongState: a ministry has answered it
    """
    require(can_change(actor, idea), NOT_YOURS_TO_WITHDRAW)
    _lock(idea)
    require(can_change(actor, idea), NOT_YOURS_TO_WITHDRAW)
    require_withdrawable(idea)
    withdraw_locked(idea)
    db.session.flush()


def withdraw_locked(idea: Idea) -> None:
    """Withdraw a locked open idea, with what its parts do not leave behind. The caller has asked for the permission."""
    idea.state, idea.updated_at = IdeaState.WITHDRAWN, clock.now()
    for part in all_parts():
        part.withdraw(idea)


def add_comment(idea: Idea, actor: Actor, body: str, address: str | None = None) -> Comment:
    """Comment on an open idea. The caller commits. One of many near-copies is hidden until a moderator has read it.

    :param address: as `submit_idea`
    :raise Forbidden: a visitor, officer, admin or unconfirmed account
    :raise TooManyTexts: the person or the network has sent too many comments
    :raise WrongState: the idea is not open
    :raise InvalidInput: a text that `forum.core.text` refuses
    """
    require(can_comment(actor), why_not_comment(actor))
    max_chars = current_app.config["COMMENT_MAX_CHARS"]
    text = clean_text(decode_entities(body or ""), "body", "댓글", max_chars=max_chars)
    refuse_resident_numbers(text, "body")
    count_by_person(Comment.__tablename__, actor)
    # A shared lock: comments do not wait for each other, but for a hiding, a merge or a withdrawal.
    db.session.refresh(idea, with_for_update={"of": Idea, "read": True})
    require(can_comment(actor), why_not_comment(actor))
    if idea.state is not IdeaState.OPEN:
        raise WrongState(f"{idea.state.label} 상태인 제안에는 댓글을 쓸 수 없어요.")
    comment = Comment(idea_id=idea.id, author_id=actor.participant_id, body=text)
    db.session.add(comment)
    db.session.flush()
    if comment.body != text:
        db.session.add(CommentOriginal(comment_id=comment.id, body=text))
    db.session.execute(sa.update(IdeaTally).where(IdeaTally.idea_id == idea.id).values(comments=IdeaTally.comments + 1))
    if is_flood(comment):
        hold(comment)
    count_by_network(Comment.__tablename__, address)
    return comment


def reindex_batch() -> int:
    """Recompute up to `BATCH_SIZE` search tokens of another tokenizer version. The caller commits.

    :return: how many; 0 when none are left
    """
    stale = sa.select(Idea).where(Idea.search_tokens_version != SEARCH_TOKENS_VERSION).order_by(Idea.id)
    ideas = db.session.scalars(stale.limit(BATCH_SIZE)).all()
    for idea in ideas:
        idea.search_tokens = tokens_of(idea.title, idea.body)
        idea.search_tokens_version = SEARCH_TOKENS_VERSION
    db.session.flush()
    return len(ideas)


@dataclass(frozen=True)
class CheckedBatch:
    """How many rows were examined, how many of them were changed, and the id to go on from."""

    n_rows: int
    n_changed: int
    last_id: int


def mask_batch(kind: TextKind, after_id: int) -> CheckedBatch | None:
    """Mask personal data in the next rows, stored before masking or by rules that found less. The caller commits.

    :param after_id: examine rows with larger ids
    :return: None when no rows are left
    """
    model = kind.model
    query = sa.select(model).where(model.id > after_id).order_by(model.id).limit(BATCH_SIZE)
    rows: Sequence[Any] = db.session.scalars(query).all()
    if not rows:
        return None
    n_masked = sum(kind.mask(row) for row in rows)
    db.session.flush()
    return CheckedBatch(len(rows), n_masked, rows[-1].id)


def decode_batch(kind: TextKind, after_id: int) -> CheckedBatch | None:
    """Decode HTML entities in the next texts with an "&", stored before they were decoded. The caller commits.

    Each corrected text has an audit entry with the hashes of its words.

    :param after_id: examine rows with larger ids
    :return: None when no rows are left
    """
    has_sign = sa.or_(*(column.contains("&") for column in kind.word_columns()))
    ids = sa.select(kind.model.id).where(kind.model.id > after_id, has_sign).order_by(kind.model.id)
    found = db.session.scalars(ids.limit(BATCH_SIZE)).all()
    if not found:
        return None
    n_changed = 0
    for text in kind.lock_all(kind.model.id.in_(found)):
        before = text_hash("\n".join(kind.words(text)))
        if kind.correct(text, decode_entities):
            db.session.flush()
            after = text_hash("\n".join(kind.words(text)))
            record(SYSTEM, f"{kind.path_name}.decode", text, before={"words": before}, after={"words": after})
            n_changed += 1
    return CheckedBatch(len(found), n_changed, found[-1])


def _store_original(idea: Idea, title: str, body: str) -> None:
    """Store the words as typed if they differ from what is shown; delete an earlier original otherwise."""
    if (idea.title, idea.body) != (title, body):
        db.session.merge(IdeaOriginal(idea_id=idea.id, title=title, body=body))
    else:
        db.session.execute(sa.delete(IdeaOriginal).where(IdeaOriginal.idea_id == idea.id))


def plain_paragraphs(text: str) -> str:
    """Return pasted HTML of a word processor as plain paragraphs; any other text, and a huge one, without entities."""
    return to_paragraphs(text) if len(text) <= MAX_HTML_CHARS and looks_like_html(text) else decode_entities(text)


def check_texts(title: str, body: str) -> tuple[str, str]:
    """Return title and body, checked.

    :raise InvalidInput: with the messages for both fields
    """
    errors: dict[str, str] = {}
    kept = ["", ""]
    limits = current_app.config
    try:
        kept[0] = clean_line(decode_entities(title or ""), "title", "제목", max_chars=limits["IDEA_TITLE_MAX_CHARS"])
        refuse_resident_numbers(kept[0], "title")
    except InvalidInput as error:
        errors |= error.errors
    try:
        kept[1] = clean_text(plain_paragraphs(body or ""), "body", "내용", max_chars=limits["IDEA_BODY_MAX_CHARS"])
        refuse_resident_numbers(kept[1], "body")
    except InvalidInput as error:
        errors |= error.errors
    if errors:
        raise InvalidInput(errors)
    return kept[0], kept[1]


def _parse_sector(name: str) -> Sector | None:
    if not name:
        return None
    if name not in Sector.__members__:
        raise InvalidInput({"sector": "목록에 있는 부문을 골라 주세요."})
    return Sector[name]


def _parse_region(code: str) -> str | None:
    if not code:
        return None
    if code not in regions():
        raise InvalidInput({"region_code": "목록에 있는 지역을 골라 주세요."})
    return code


def _refuse_duplicate(campaign: Campaign, actor: Actor, title: str, body: str) -> None:
    """Refuse the same idea twice, as by a double click. The author's row is locked, so concurrent requests run in turn.

    :raise WrongState: the author has an open idea with the same words
    """
    db.session.execute(sa.select(Participant.id).where(Participant.id == actor.participant_id).with_for_update())
    own = sa.select(Idea.id, Idea.title, Idea.body).where(
        Idea.author_id == actor.participant_id, Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN
    )
    key = comparison_key(mask(title).text + mask(body).text)
    for idea_id, other_title, other_body in db.session.execute(own):
        if comparison_key(other_title + other_body) == key:
            raise WrongState(f"같은 제안을 이미 올리셨어요 (제안 {idea_id}번). ‘내 활동’에서 볼 수 있어요.")


def _lock(idea: Idea) -> None:
    """Lock the idea, waiting for votes under way, and reload its tally."""
    db.session.refresh(idea, with_for_update={"of": Idea})
    db.session.refresh(idea.tally)


def start_import(campaign: Campaign, actor: Actor) -> set[str]:
    """Return the external ids that the campaign has already, for an actor who may import.

    :raise Forbidden: only staff and the system
    """
    require(can_import(actor))
    return known_external_ids(campaign)


def record_start_of_import(campaign: Campaign, actor: Actor, source: SourceFile) -> None:
    """Write the audit entry of an import of several batches, in the transaction of the first. The caller commits.

    An import that is killed between two batches has stored ideas: the audit says whose they are.
    """
    after = {"rows": source.n_rows, "file": text_hash(source.name), "sha256": source.sha256}
    record(actor, "ideas.start_import", campaign, after=after)


def import_batch(campaign_id: int, rows: Sequence[Row], known: set[str], report: ImportReport) -> None:
    """Store one batch of imported proposals, which have no author and no votes here. The caller commits.

    :param known: external ids to skip, as of `start_import`; the new ones are added to it
    :param report: counts and rejected rows are added to it
    """
    _store_all(_valid_ideas(campaign_id, rows, known, report))


def record_import(campaign: Campaign, actor: Actor, source: SourceFile, report: ImportReport) -> None:
    """Write the audit entry of an import, in the transaction of its last batch. The caller commits."""
    counts = {"imported": report.imported, "already_there": report.already_there, "rejected": len(report.rejected)}
    record(actor, "ideas.import", campaign, after=counts | {"file": text_hash(source.name), "sha256": source.sha256})


def _valid_ideas(campaign_id: int, rows: Sequence[Row], known: set[str], report: ImportReport) -> list[Idea]:
    ideas = []
    for row in rows:
        try:
            idea = _imported_idea(campaign_id, row)
        except InvalidInput as error:
            report.rejected.append((row, error.message))
            continue
        assert idea.external_id is not None
        if idea.external_id in known:
            report.already_there += 1
            continue
        known.add(idea.external_id)
        report.imported += 1
        report.without_body += not idea.body
        ideas.append(idea)
    return ideas


def _imported_idea(campaign_id: int, row: Row) -> Idea:
    """:raise InvalidInput: the reason why this row is rejected"""
    if row.error:
        raise InvalidInput(row.error)
    get = row.values.get
    typed = decode_entities(strip_control_characters(get("title", "")))
    title = clean_line(typed, "title", "제목", max_chars=MAX_IMPORTED_TITLE_CHARS)
    raw_body = plain_paragraphs(strip_control_characters(get("body", "")))
    max_chars = current_app.config["IMPORT_BODY_MAX_CHARS"]
    body = clean_text(raw_body, "body", "본문", max_chars=max_chars, min_chars=0)
    refuse_resident_numbers(title, "title")
    refuse_resident_numbers(body, "body")
    created_at = parse_written_at(get("created_at", "")) or clock.now()
    return Idea(
        campaign_id=campaign_id,
        external_id=clean_line(get("external_id", ""), "external_id", "external_id", max_chars=64),
        title=title,
        body=body,
        sector=_parse_sector(get("sector", "").strip().upper()),
        region_code=_parse_region(get("region", "").strip()),
        imported_agree_count=parse_agree_count(get("agree_count", "")),
        created_at=created_at,
        updated_at=created_at,
        search_tokens=tokens_of(mask(title).text, mask(body).text),
        search_tokens_version=SEARCH_TOKENS_VERSION,
    )


def _store_all(ideas: Sequence[Idea]) -> None:
    db.session.add_all(ideas)
    db.session.flush()
    if ideas:
        tallies = [{"idea_id": idea.id, "agree": 0, "disagree": 0, "pass_": 0, "comments": 0} for idea in ideas]
        db.session.execute(sa.insert(IdeaTally), tallies)
