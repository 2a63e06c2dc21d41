from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.embeddings.services import similar_ideas_to
from forum.analysis.opinions.queries import current_score
from forum.analysis.shortlists.queries import newest_shortlist
from forum.core.errors import NotFound
from forum.core.privacy import mask, masking_note
from forum.deliberation.gatherings.queries import coming_gatherings, gatherings_of_person
from forum.deliberation.rooms.queries import rooms_of
from forum.deliberation.rooms.words import born_in_words
from forum.deliberation.sheets.queries import paper_totals
from forum.deliberation.sheets.totals import totals_with_paper
from forum.people.follows.queries import follow_state
from forum.publication.figures.recent import recent_figures
from forum.publication.fixes.queries import Board, Part, board_of
from forum.publication.outcomes.recent import outcome_said
from forum.publication.representation.queries import representation
from forum.publication.tracking.journey import answer_to, journey_of
from forum.publication.tracking.overview import (
    board_sentences,
    invitation_of,
    notes_of,
    short_notes,
    short_stations,
    stations_in_general,
    thread_stations,
)
from forum.publication.tracking.promises import waiting_of
from forum.publication.tracking.queries import (
    CampaignCounts,
    campaign_counts,
    comments_page,
    kept_promises,
    late_letters,
    newest_answers,
    next_step_of,
    outcomes,
    thread_of,
    vote_count,
    votes_by,
)
from forum.publication.tracking.timeline import TimelineData, build_timeline
from forum.response.certificates.queries import certificates_of
from forum.response.dataneeds.pages import needs_section
from forum.response.dataneeds.queries import own_needs
from forum.response.datarequests.queries import own_requests
from forum.response.datauses.pages import UsesSection, uses_section
from forum.response.datauses.queries import own_uses
from forum.response.delivery.queries import two_sides_of_campaign
from forum.response.referrals.models import BECAME_POLICY
from forum.response.shortpath.models import CheckOutcome, EverydayCheck
from forum.response.shortpath.queries import AnsweredBefore, answered_before
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import all_campaigns, get_campaign, is_open, main_campaign, why_closed
from forum.voice.everyday.queries import details_of
from forum.voice.ideas.binding import Binding, binding_of
from forum.voice.ideas.models import SHOWN_STATES, Comment, CommentState, Idea, IdeaState
from forum.voice.ideas.permissions import can_change, can_comment, can_read_body, is_author, why_not_propose
from forum.voice.ideas.queries import (
    Filters,
    Sort,
    drafts_by,
    first_ideas,
    get_idea,
    has_votes,
    ideas_by,
    next_idea,
    own_comment_originals,
    words_for,
)
from forum.voice.moderation.permissions import can_moderate, can_report
from forum.voice.moderation.queries import open_hiding, open_hidings
from forum.voice.photos.models import IdeaPhoto, PhotoState
from forum.voice.photos.queries import photos_of
from forum.voice.votes.queries import next_unvoted, own_vote, unvoted_page, votes_beside
from forum.web.forms import query_number
from forum.web.gate import public
from forum.web.page_data import page_data
from forum.web.pagecache import same_for_visitors

bp = Blueprint("thread", __name__, template_folder="templates")
SHOWN = 4  # items of each kind on an overview page
SHOWN_TO_VOTE = 3
SIMILAR_SHOWN = 5
SHOWN_GATHERINGS = 20
ORDER_ARGS = frozenset({"sort", "sector", "region", "state", "kind"})


@bp.get("/")
@public
@same_for_visitors
def home() -> ResponseReturnValue:
    campaigns = all_campaigns()
    main = main_campaign(campaigns)
    late, n_late = late_letters(SHOWN)
    return render_template(
        "thread/home.html",
        campaign=main,
        others=[one for one in campaigns if one is not main],
        answers=newest_answers(SHOWN, decisions=BECAME_POLICY),
        kept=kept_promises(SHOWN),
        late=late,
        n_late=n_late,
        is_sample=any(one.is_sample for one in campaigns),
        next_step=next_step_of(current_user) if current_user.is_authenticated else None,
        **(_main_forum(main) if main else {"stations": stations_in_general()}),
        **page_data("thread/home.html", main),
    )


def _main_forum(main: Campaign) -> dict[str, object]:
    """Return what the first page shows of the forum that it leads with."""
    counts, board = campaign_counts(main), board_of(main)
    is_voting = is_open(main, PhaseKind.VOTING)
    return {
        "counts": counts,
        "act": invitation_of(main, counts.ideas),
        **_way_of_all(main, counts, board),
        "to_vote": unvoted_page(main, current_user, "", SHOWN_TO_VOTE).ideas if is_voting else (),
        "votes": votes_beside(main, [], current_user),
    }


def _way_of_all(found: Campaign, counts: CampaignCounts, board: Board | None) -> dict[str, object]:
    """Return the stations of a forum's ideas, what their numbers leave open, and what came of the arguments."""
    if board is not None:
        way: dict[str, object] = {"stations": short_stations(found, counts, board), "notes": short_notes(board)}
    else:
        sides = two_sides_of_campaign(found.id) if counts.kept else None
        way = {"stations": thread_stations(found, counts), "notes": notes_of(counts, sides)}
    return way | {"outcome_said": outcome_said(found) if counts.answered else ""}


@bp.get("/c/<slug>")
@public
@same_for_visitors
def campaign(slug: str) -> ResponseReturnValue:
    found = get_campaign(slug)
    counts, board = campaign_counts(found), board_of(found)
    late, n_late = late_letters(SHOWN, found)
    return render_template(
        "thread/campaign.html",
        campaign=found,
        counts=counts,
        act=invitation_of(found, counts.ideas),
        why_closed=why_closed(found, PhaseKind.PROPOSING),
        board=board,
        said=board_sentences(board) if board else (),
        answer_parts=[Part(str(kind.label), n) for kind, n in board.answers.items()] if board else (),
        **_way_of_all(found, counts, board),
        **vars(recent_figures(found)),
        newest=first_ideas(found, Sort.NEW, SHOWN),
        agreed=first_ideas(found, Sort.AGREE, SHOWN),
        answers=newest_answers(SHOWN, found),
        kept=kept_promises(SHOWN, found),
        late=late,
        n_late=n_late,
        representation=representation(found.id),
        newest_shortlist=newest_shortlist(found.id),
        gatherings=coming_gatherings(found.id, SHOWN),
        follow=follow_state("campaign", found.id, current_user),
        **page_data("thread/campaign.html", found),
    )


@bp.get("/ideas/<int:idea_id>")
@public
@same_for_visitors
def idea(idea_id: int) -> ResponseReturnValue:
    found = get_idea(idea_id, current_user)
    before = query_number("before")
    comments = comments_page(found, before, current_app.config["PAGE_SIZE"], current_user)
    words = words_for(current_user, found)
    certificates = certificates_of(found.id)
    thread = thread_of(found, certificates)
    may_be_done = _what_may_be_done(found)
    check = thread.short.check if thread.short else None
    return render_template(
        "thread/idea.html",
        check=check,
        same_answer=_answer_to_the_same(found, check),
        idea=found,
        campaign=found.campaign,
        can_read=can_read_body(current_user, found),
        timeline=build_timeline(thread),
        journey=journey_of(thread),
        answer=answer_to(thread),
        next_idea=_next_idea(found, may_vote=not may_be_done["why_not_vote"]),
        order=_order_args(),
        ground=current_score(found),
        room=thread.room,
        born_in_words=born_in_words(thread.room) if thread.room else "",
        paper=(paper := paper_totals([idea_id]).get(idea_id)),
        with_paper=totals_with_paper(found.tally, paper),
        certificates=[one for one in certificates if one.revoked_at is None],
        words=words,
        hidden=masking_note(mask(f"{words.title}\n{words.body}").kinds) if words != (found.title, found.body) else "",
        comments=comments,
        hiding=open_hiding(found) if found.state is IdeaState.HIDDEN else None,
        hidden_comments=open_hidings(
            Comment.__tablename__, [one.id for one in comments.comments if one.state is CommentState.HIDDEN]
        ),
        can_report=can_report(current_user, found),
        can_moderate=can_moderate(current_user),
        everyday=details_of(found),
        photos=(photos := photos_of(found, current_user)),
        photo_hidings=open_hidings(
            IdeaPhoto.__tablename__, [one.id for one in photos if one.state is PhotoState.HIDDEN]
        ),
        reportable_photos={one.id for one in photos if can_report(current_user, one)},
        follow=follow_state("idea", idea_id, current_user, comes_anyway=is_author(current_user, found)),
        as_typed=own_comment_originals(current_user, comments.comments),
        data_needs=needs_section(found, current_user, [one for one in thread.needs if one.need.idea_id == found.id]),
        data_uses=_uses_of(found, thread),
        **may_be_done,
    )


def _uses_of(found: Idea, thread: TimelineData) -> UsesSection | None:
    """Return what was found out about the idea itself, for readers who may read it."""
    own = [one for one in thread.uses if one.idea_id == found.id]
    return uses_section(found, current_user, own) if found.state in SHOWN_STATES else None


def _answer_to_the_same(found: Idea, check: EverydayCheck | None) -> AnsweredBefore | None:
    """Return what was answered to the earlier idea into which the check merged this one."""
    if check is None or check.outcome is not CheckOutcome.SAME or found.merged_into_id is None:
        return None
    return answered_before([found.merged_into_id]).get(found.merged_into_id)


def _order_args() -> dict[str, str]:
    """Return the parameters of the list from which the reader came, as its cards carry them."""
    return {name: value for name, value in request.args.items() if name in ORDER_ARGS}


def _next_idea(found: Idea, may_vote: bool) -> Idea | None:
    """Return the next one in the order the reader came from, or else the next to vote on, or else the next newest."""
    order = _order_args()
    if may_vote and not order:
        return next_unvoted(found, current_user)
    return next_idea(found, Filters.parse(order), current_user)


def _what_may_be_done(found: Idea) -> dict[str, object]:
    """Return what the page offers to its reader. The services check again when it is done."""
    may_change = can_change(current_user, found)
    binding = binding_of(found) if may_change else Binding()
    proposing = is_open(found.campaign, PhaseKind.PROPOSING)
    own = own_vote(found, current_user)
    return {
        "mine": own.value,
        "may_vote_after_sign_in": found.state is IdeaState.OPEN
        and votes_beside(found.campaign, (), current_user).may_after_sign_in,
        "why_not_vote": own.why_not,
        "can_edit": may_change and not binding.why_not_edit and proposing and not has_votes(found),
        "can_withdraw": may_change and not binding.why_not_withdraw,
        "why_bound": binding.sentences,
        "can_comment": can_comment(current_user),
    }


@bp.get("/ideas/<int:idea_id>/similar")
@public
@same_for_visitors
def similar(idea_id: int) -> ResponseReturnValue:
    """Loaded lazily by the idea's page, because the similarity search dominates its cost."""
    found = get_idea(idea_id)
    if found.state is not IdeaState.OPEN:
        raise NotFound("공개 중인 제안이 아니어서 비슷한 제안을 찾지 않아요.")
    others = similar_ideas_to(found, SIMILAR_SHOWN)
    return render_template("thread/similar.html", idea=found, campaign=found.campaign, similar=others)


@bp.get("/mine", endpoint="mine")
def my_activity() -> ResponseReturnValue:
    participant_id = current_user.participant_id or 0
    ideas = ideas_by(participant_id)
    page = votes_by(participant_id, request.args.get("after", ""), current_app.config["PAGE_SIZE"])
    drafts = drafts_by(participant_id)
    of_forums = [*(one.campaign for one in ideas), *(one.campaign for _value, one in page.votes)]
    return render_template(
        "thread/mine.html",
        ideas=ideas,
        rooms=rooms_of(one.id for one in ideas),
        page=page,
        n_votes=vote_count(participant_id),
        outcomes=outcomes({one.id for one in ideas} | {one.id for _value, one in page.votes}),
        drafts=drafts,
        waiting=waiting_of(current_user),
        data_needs=own_needs(participant_id),
        data_requests=own_requests(participant_id),
        data_uses=own_uses(participant_id),
        can_propose=not why_not_propose(current_user),
        gatherings=gatherings_of_person(current_user.id, SHOWN_GATHERINGS),
        is_sample=current_user.is_sample or any(forum.is_sample for forum in of_forums),
    )
