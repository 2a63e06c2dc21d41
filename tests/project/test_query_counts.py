"""What the ten most used pages and a vote ask of the database: exactly so many statements, at 10 ideas and at 10,000.

With the ideas grow their votes and comments, the theme's members, the letter's quoted ideas, and the themes, letters,
answers, digests and campaigns beside them. A page that becomes cheaper changes the table too, so that it stays so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import MemberSource, ThemeIdea, ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.hearings.models import HearingWay, InvitationState
from forum.deliberation.meetings.models import MeetingState, MotionOption, MotionOutcome, MotionRule, MotionState
from forum.deliberation.rooms.models import RoomTally
from forum.deliberation.rooms.results import table_of
from forum.deliberation.rounds.models import ConflictStatement, StageKind, StageState, TaskIdea, TaskState
from forum.deliberation.sheets.services import type_slip
from forum.publication.digests.models import Digest, DigestFile, DigestState
from forum.response.answers.words import AnswerInput
from forum.response.datajoins.models import DataJoinRisk
from forum.response.datanoise.models import DataBudgetSpend, DataNoisyAnswer, DataPrivacyBudget
from forum.response.datasets.models import DatasetState, QualityNote, Sensitivity
from forum.response.datauses.models import UseState
from forum.response.dataviews.prepared import make_copy
from forum.response.dataviews.queries import source_of
from forum.response.pilots.models import Pilot, PilotDecision, PilotOrigin, PilotState
from forum.response.referrals.models import Decision, ReferralIdea
from forum.response.shortpath.models import CheckOutcome, ShortAnswerKind
from forum.voice.campaigns.models import CampaignKind
from forum.voice.ideas.models import Comment, Idea, IdeaState, IdeaTally
from forum.voice.ideas.search import SEARCH_TOKENS_VERSION, tokens_of
from forum.voice.votes.models import Vote, VoteEvent
from tests.factories import Factories

FEW, MANY = 10, 10_000
BATCH_SIZE = 5_000
SIDE = {FEW: 2, MANY: 12}  # themes, letters with answers, digests and campaigns beside that many ideas
WORD = "태양광"

# page -> statements for a visitor, for a signed-in citizen
PAGES: dict[str, tuple[int, int]] = {
    "home": (11, 15),
    "campaign": (20, 23),
    "idea list, newest": (5, 8),
    "idea list, most agreed": (5, 8),
    "idea list, a word": (5, 8),
    "idea page": (22, 27),
    "theme page": (13, 16),
    "both sides of a promise": (12, 16),
    "letter with both sides": (15, 17),
    "minutes": (5, 9),
    "theme list": (7, 9),
    "referral board": (13, 15),
    "referral": (13, 15),
    "ministry": (11, 14),
    "digest list": (8, 10),
    "open data": (3, 5),
    "voting queue": (3, 10),
    "common ground": (10, 12),
    "gathering list": (5, 7),
    "gathering": (6, 10),
}
MINE = 17
# engine -> statements of a first vote and of a changed one; SQLite writes vote, event and tally apart
VOTE = {"postgresql": (3, 8), "sqlite": (6, 8)}
QUEUE_VOTE = {"postgresql": 16, "sqlite": 19}  # a first vote by the queue's form, with the next idea as htmx gets it


class Growing:
    """A campaign that grows while its pages keep their addresses."""

    def __init__(self, make: Factories) -> None:
        self.make, self.n_ideas, self.n_side = make, 0, 0
        self.campaign = make.campaign()
        self.reader = make.citizen()
        self.people = [self.reader.participant.id, *(make.citizen().participant.id for _ in range(2))]
        self.run_id = make.run(self.campaign, []).id
        self.idea = make.idea(self.campaign)
        self.theme = make.theme(self.campaign, [self.idea], state=ThemeState.APPROVED, run_id=self.run_id)
        sent = make.theme(self.campaign, [self.idea], state=ThemeState.APPROVED, run_id=self.run_id)
        self.referral = make.referral(sent)
        make.milestone(make.answer(self.referral))
        make.snapshot(self.campaign, [self.idea])
        self.rated = make.rating_round()
        for _ in range(4):
            make.rating(self.rated)
        self.gathering = make.gathering(campaign=self.campaign)
        met = make.gathering(state="FINISHED", n_present=8)
        make.room_idea(met)
        self.minutes = make.gathering_minutes(met)
        self._voted_in_a_room()
        self.tokens = tokens_of("학교 지붕에 태양광", "")
        db.session.commit()

    def grow(self, n_ideas: int) -> None:
        for start in range(self.n_ideas, n_ideas, BATCH_SIZE):
            self._ideas(min(BATCH_SIZE, n_ideas - start))
        while self.n_side < SIDE[n_ideas]:
            self._side()
        self.n_ideas = n_ideas
        db.session.commit()

    def addresses(self) -> dict[str, str]:
        slug = self.campaign.slug
        return {
            "home": "/",
            "campaign": f"/c/{slug}",
            "idea list, newest": f"/c/{slug}/ideas",
            "idea list, most agreed": f"/c/{slug}/ideas?sort=agree",
            "idea list, a word": f"/c/{slug}/ideas?q={WORD}",
            "idea page": f"/ideas/{self.idea.id}",
            "theme page": f"/themes/{self.theme.id}",
            "theme list": f"/c/{slug}/themes",
            "referral board": f"/c/{slug}/referrals",
            "referral": f"/referrals/{self.referral.id}",
            "ministry": f"/ministries/{self.referral.lead.ministry.code}",
            "digest list": f"/c/{slug}/digests",
            "open data": f"/c/{slug}/data",
            "voting queue": f"/c/{slug}/vote",
            "common ground": f"/c/{slug}/common-ground",
            "gathering list": f"/c/{slug}/gatherings",
            "gathering": f"/gatherings/{self.gathering.id}",
            "both sides of a promise": f"/milestones/{self.rated.milestone_id}/rating",
            "letter with both sides": f"/referrals/{self.rated.milestone.answer.referral_id}",
            "minutes": f"/gatherings/{self.minutes.gathering_id}/minutes",
        }

    def _ideas(self, n: int) -> None:
        """Ideas with their votes, comments and places in theme and letter, written as tables and not as objects."""
        first = (db.session.scalar(sa.select(sa.func.max(Idea.id))) or 0) + 1
        ids, now = range(first, first + n), clock.now()
        votes = [{"idea_id": idea_id, "participant_id": who, "value": 1} for idea_id in ids for who in self.people]
        comments = [
            {"idea_id": at, "author_id": self.people[idea_id // 3 % 3], "body": "좋습니다"}
            for idea_id in ids
            for at in ((idea_id, self.idea.id) if idea_id % 3 == 0 else (idea_id,))
        ]
        members = [{"idea_id": idea_id, "theme_id": self.theme.id, "campaign_id": self.campaign.id} for idea_id in ids]
        quotes = [{"idea_id": i, "position": i, "title": "제목", "body": "본문"} for i in ids[:100]]
        counts = {"agree": len(self.people), "disagree": 0, "pass": 0, "comments": 1}
        rows: tuple[tuple[Any, list[dict[str, Any]], dict[str, Any]], ...] = (
            (Idea, [self._idea(idea_id) for idea_id in ids], {"created_at": now, "updated_at": now}),
            (IdeaTally, [{"idea_id": idea_id} for idea_id in ids], counts),
            (Vote, votes, {"cast_at": now}),
            (VoteEvent, votes, {"at": now}),
            (Comment, comments, {"created_at": now}),
            (ThemeIdea, members, {"source": MemberSource.MACHINE, "added_at": now}),
            (ReferralIdea, quotes, {"referral_id": self.referral.id}),
        )
        for kind, lines, extra in rows:
            db.session.execute(sa.insert(kind.__table__), [line | extra for line in lines])
        self.idea.tally.comments += len(comments) - n
        if db.engine.dialect.name == "postgresql":
            db.session.execute(sa.text("SELECT setval('idea_id_seq', :n)"), {"n": ids[-1]})

    def _idea(self, idea_id: int) -> dict[str, Any]:
        author = self.people[0] if idea_id % 50 == 0 else self.people[1 + idea_id % 2]
        return {
            "id": idea_id,
            "campaign_id": self.campaign.id,
            "author_id": author,
            "title": f"학교 지붕에 태양광 {idea_id}",
            "body": "지붕이 비어 있으니 태양광을 올립시다.",
            "state": IdeaState.OPEN,
            "revision": 1,
            "search_tokens": self.tokens,
            "search_tokens_version": SEARCH_TOKENS_VERSION,
        }

    def _voted_in_a_room(self) -> None:
        """Votes of a finished room beside those online, for the page of common ground."""
        room = self.make.gathering(state="FINISHED", campaign=self.campaign)
        idea = self.make.room_idea(room)
        idea.tally.agree, idea.tally.disagree = 20, 10
        db.session.add(RoomTally(gathering_id=room.id, idea_id=idea.id, agree=7, disagree=1, pass_=0))

    def _side(self) -> None:
        """One more of everything that stands beside the ideas."""
        self.n_side += 1
        self.make.campaign()
        self.make.rating(self.rated)
        own = self.make.idea(self.campaign, self.reader)
        theme = self.make.theme(self.campaign, [own], state=ThemeState.APPROVED, run_id=self.run_id)
        self.make.milestone(self.make.answer(self.make.referral(theme)))
        self._further_answer()
        self._digest()
        for state in ("PLANNED", "FINISHED"):
            self.make.registration(self.make.gathering(state=state, campaign=self.campaign))
        self.make.registration(self.gathering)

    def _further_answer(self) -> None:
        """The letter's next version, with a promise and a line to one idea."""
        version = len(self.referral.answers)
        officer = self.make.officer(self.referral.lead.ministry)
        draft = AnswerInput(Decision.PARTLY, "일부 하겠습니다.", points={self.idea.id: "지붕마다 살펴보겠습니다."})
        self.make.milestone(self.make.publish(self.referral, officer, draft, seen_version=version))
        db.session.refresh(self.referral)

    def _digest(self) -> None:
        digest = Digest(
            campaign_id=self.campaign.id,
            run_id=self.run_id,
            state=DigestState.PUBLISHED,
            data_cut_at=clock.now(),
            counts={"ideas": 1, "themes": 1},
            published_at=clock.now(),
        )
        db.session.add(digest)
        db.session.flush()
        kept = "공개된 보고서".encode()
        file = {"format": "csv", "sha256": hashlib.sha256(kept).hexdigest(), "size_bytes": len(kept)}
        db.session.add(DigestFile(digest_id=digest.id, run_id=self.run_id, content=kept, **file))


@pytest.fixture
def cost(count_queries) -> Callable[..., int]:
    """Statements of one request, which must succeed."""

    def of(client: Any, path: str, data: dict[str, Any] | None = None) -> int:
        answers: list[Any] = []

        def ask() -> None:
            answers.append(client.get(path) if data is None else client.post(path, json=data))

        n = count_queries(ask)
        assert answers[0].status_code == 200, path
        return n

    return of


def test_pages_and_votes_cost_exactly_so_much_with_ten_ideas_and_with_ten_thousand(
    make, new_client, cost, count_queries, engine_name, bases
):
    world, visitor, citizen = Growing(make), new_client(), new_client()
    citizen.login(world.reader)
    for size in (FEW, MANY):
        world.grow(size)
        bases(engine_name)[1].analyze()
        unvoted = make.idea(world.campaign).id
        addresses = world.addresses()
        found = {name: (cost(visitor, path), cost(citizen, path)) for name, path in addresses.items()}
        asked = make.idea(world.campaign).id
        queue_vote = count_queries(
            lambda idea_id=asked: citizen.post(
                f"/c/{world.campaign.slug}/vote",
                data={"idea": idea_id, "value": "agree"},
                headers={"HX-Request": "true"},
            )
        )
        vote = tuple(cost(citizen, f"/ideas/{unvoted}/vote", {"value": value}) for value in (1, -1))
        mine = cost(citizen, "/mine")
        assert (size, found, mine, vote) == (size, PAGES, MINE, VOTE[engine_name])
        assert (size, queue_vote) == (size, QUEUE_VOTE[engine_name])


# engine -> statements of the room's page and of a vote there, for a guest; the same with 3 ideas and people and with 30
ROOM = (14, {"postgresql": 11, "sqlite": 14})


def test_a_room_costs_exactly_so_much_with_few_people_and_with_many(make, new_client, cost, count_queries, engine_name):
    made = make.guest()
    phone = new_client().hold_pass(made.code)
    room = make.gathering(state="RUNNING", seats=40)
    make.entry(room, made)
    for size in (3, 30):
        while len(ideas := table_of(room)) < size:
            make.room_idea(room, make.entry(room))
        page = cost(phone, f"/gatherings/{room.id}/room")
        data = {"idea": str(ideas[-1].idea_id), "value": "agree"}
        vote = count_queries(lambda data=data: phone.post(f"/gatherings/{room.id}/room/votes", data=data))
        assert (size, page, vote) == (size, ROOM[0], ROOM[1][engine_name])


PAPER = {"slips": 8, "a slip": 8, "sheets": 12}


def test_typing_paper_costs_the_same_with_few_slips_and_with_many(make, new_client, cost):
    room, helper = make.gathering(state="RUNNING", seats=40), new_client()
    helper.login(make.helper(room))
    n_typed = 0
    for size in (2, 60):
        for number in range(n_typed + 1, size + 1):
            type_slip(room, room.organiser, number, f"{number}번째 글", "내용")
        n_typed = size
        db.session.commit()
        pages = {"slips": "slips", "a slip": "slips/1", "sheets": "sheets"}
        found = {name: cost(helper, f"/gatherings/{room.id}/{page}") for name, page in pages.items()}
        assert (size, found) == (size, PAPER)


# a meeting under way -> statements for a visitor, for a member who is present; the same with few motions and with many
MEETING = (12, 20)


def test_a_meeting_costs_the_same_with_few_motions_and_with_many(make, new_client, cost):
    visitor, member = new_client(), new_client()
    round_ = make.council_round()
    seats = [make.seat(round_.term) for _ in range(30)]
    member.login(seats[0].account)
    meeting = make.meeting(round_.term, round_id=round_.id, state=MeetingState.OPEN)
    choosing = make.motion(make.agenda_item(meeting), rule=MotionRule.APPROVAL, places=2)
    n_motions = 0
    for size in (3, 30):
        for seat in seats[n_motions:size]:
            make.attendance(meeting, seat)
            make.ballot(choosing, seat)
            task = make.task(round_)
            make._add(MotionOption(motion_id=choosing.id, task_id=task.id))
            ended = make.motion(make.agenda_item(meeting, task))
            make.ballot(ended, seats[0])
            ended.state, ended.outcome, ended.closed_at = MotionState.CLOSED, MotionOutcome.FAILED, clock.now()
            ended.n_seats = ended.n_present = ended.n_needed = ended.n_voters = 1
        n_motions = size
        db.session.commit()
        path = f"/council/meetings/{meeting.id}"
        assert (size, (cost(visitor, path), cost(member, path))) == (size, MEETING)


# page of an everyday campaign -> statements for a visitor, for a signed-in citizen; the same with 2 ideas and with 15
EVERYDAY = {"list": (7, 10), "idea": (17, 21), "photo": (2, 3)}
# an idea whose answer promised a pilot that others took over, one that was merged into it, and the campaign's pages
WALKED = {"campaign": (29, 32), "walked": (32, 36), "merged": (36, 40), "open data": (3, 5)}


def test_everyday_pages_cost_the_same_with_few_photos_and_with_many(make, new_client, cost):
    visitor, citizen = new_client(), new_client()
    citizen.login(make.citizen())
    campaign = make.campaign(kind=CampaignKind.EVERYDAY)
    idea = make.everyday_idea(campaign)
    photo = make.idea_photo(idea)
    addresses = {"list": f"/c/{campaign.slug}/ideas", "idea": f"/ideas/{idea.id}", "photo": f"/photos/{photo.id}"}
    n_ideas = 1
    for size in (2, 15):
        while n_ideas < size:
            make.idea_photo(make.everyday_idea(campaign))
            n_ideas += 1
        if size > FEW:
            make.idea_photo(idea, position=2)
        found = {name: (cost(visitor, path), cost(citizen, path)) for name, path in addresses.items()}
        assert (size, found) == (size, EVERYDAY)


def test_what_came_of_everyday_ideas_costs_the_same_with_few_and_with_many(make, new_client, cost):
    visitor, citizen = new_client(), new_client()
    citizen.login(make.citizen())
    campaign = make.campaign(kind=CampaignKind.EVERYDAY)
    ended = {"decided_at": clock.now(), "decided_on": clock.today(), "decided_by_id": make.analyst().id}

    def walked() -> tuple[Idea, Pilot]:
        idea = make.everyday_idea(campaign)
        letter = make.referral(make.theme(campaign, [idea], state=ThemeState.APPROVED))
        make.everyday_check(idea, outcome=CheckOutcome.SENT, referral_id=letter.id, **ended)
        make.short_answer(ShortAnswerKind.PILOT, referral=letter)
        return idea, make.walked_pilot(letter, PilotState.DECIDED, PilotDecision.SPREAD)

    def more(idea: Idea, pilot: Pilot) -> Idea:
        """Another idea that was merged into this one, another office that took its pilot over, something fixed."""
        merged = make.everyday_idea(campaign, state=IdeaState.MERGED, merged_into_id=idea.id)
        make.everyday_check(merged, outcome=CheckOutcome.SAME, same_as_id=idea.id, **ended)
        spread = {"origin": PilotOrigin.SPREAD, "parent_id": pilot.id, "ministry_id": make.ministry().id}
        make.walked_pilot(pilot.referral, PilotState.RUNNING, **spread)
        fixed = make.everyday_idea(campaign)
        make.idea_photo(fixed)
        letter = make.referral(make.theme(campaign, [fixed], state=ThemeState.APPROVED))
        make.everyday_check(fixed, outcome=CheckOutcome.SENT, referral_id=letter.id, **ended)
        make.short_answer(ShortAnswerKind.FIXED_NOW, referral=letter, n_photos=1)
        walked()
        return merged

    idea, pilot = walked()
    merged = more(idea, pilot)
    addresses = {
        "campaign": f"/c/{campaign.slug}",
        "walked": f"/ideas/{idea.id}",
        "merged": f"/ideas/{merged.id}",
        "open data": f"/c/{campaign.slug}/data",
    }
    for size in (1, 6):
        for _n in range(size - 1):
            more(idea, pilot)
        db.session.commit()
        found = {name: (cost(visitor, path), cost(citizen, path)) for name, path in addresses.items()}
        assert (size, found) == (size, WALKED)


# page of a round of the council -> statements for a visitor, a member who scores and the secretariat, or whom it is for
COUNCIL = {"round": (9, 14, 21), "task": (18, 30, 30), "what waits for a member": (22,), "desk": (28,)}


def test_a_round_costs_exactly_so_much_with_few_tasks_and_with_many(make, new_client, cost):
    round_ = make.council_round(present=StageKind.SUBCOMMITTEE)
    seat, analyst = make.seat(round_.term), make.analyst()
    group = make.council_group(round_.term, [seat])
    first = make.task(round_, subcommittee_id=group.id)
    readers = [new_client(), new_client().login(seat.account), new_client().login(analyst)]
    page = f"/council/rounds/{round_.id}"
    pages = {
        "round": ((0, 1, 2), page),
        "task": ((0, 1, 2), f"/council/tasks/{first.id}"),
        "what waits for a member": ((1,), f"{page}/mine"),
        "desk": ((2,), f"{page}/desk"),
    }
    for n_more in (1, 20):
        for _ in range(n_more):
            task = make.task(round_, subcommittee_id=group.id)
            db.session.add(ConflictStatement(task_id=task.id, seat_id=make.seat(round_.term).id, text="x"))
            merged = {"state": TaskState.MERGED, "merged_into_id": task.id, "reason": "x"}
            make.task(round_, [make.idea(round_.campaign)], **merged)
            db.session.add(TaskIdea(task_id=first.id, idea_id=make.idea(round_.campaign).id))
        db.session.commit()
        found = {name: tuple(cost(readers[who], path) for who in whom) for name, (whom, path) in pages.items()}
        assert (n_more, found) == (n_more, COUNCIL)


# page of a hearing -> statements for a visitor, a citizen, who was invited and the secretariat; its desk for the last
HEARING = {"hearing": (8, 14, 15, 23), "desk": (22,)}


def test_a_hearing_costs_exactly_so_much_with_few_questions_and_with_many(make, new_client, cost):
    invited, analyst = make.citizen(), make.analyst()
    hearing = make.hearing()
    make.invitation(hearing, invited)
    readers = [new_client(), *(new_client().login(one) for one in (make.citizen(), invited, analyst))]
    page = f"/council/hearings/{hearing.id}"
    for n_more in (1, 20):
        for _ in range(n_more):
            make.question(hearing)
            said = {"state": InvitationState.ACCEPTED, "way": HearingWay.TEXT, "answered_at": clock.now()}
            make.invitation(hearing, make.citizen(), statement="x", **said)
        db.session.commit()
        found = {"hearing": tuple(cost(one, page) for one in readers), "desk": (cost(readers[3], f"{page}/desk"),)}
        assert (n_more, found) == (n_more, HEARING)


# preview of a file -> statements for a visitor, a citizen, a steward and an analyst
PREVIEWS = {"rows": (11, 15, 15, 25), "groups": (11, 15, 15, 25)}


def test_a_preview_costs_exactly_so_much_with_few_versions_and_with_many(make, new_client, cost):
    """The rows themselves are read from a copy, in a process of its own."""
    steward = make.data_steward()
    dataset = make.dataset(steward.holder, state=DatasetState.OFFERED)
    file = make.data_file(make.dataset_version(dataset, number=2))
    people = (make.citizen(), steward.account, make.analyst())
    readers = [new_client(), *(new_client().login(one) for one in people)]
    db.session.commit()
    make_copy(source_of(file))
    db.session.commit()
    path = f"/datasets/{dataset.id}/versions/2/preview"
    for n_more in (1, 12):
        for _ in range(n_more):
            db.session.refresh(dataset, ["versions"])
            make.data_file(make.dataset_version(dataset, number=len(dataset.versions) + 1))
        db.session.commit()
        pages = {"rows": path, "groups": f"{path}?by=유형&sum=사용량"}
        found = {name: tuple(cost(one, page) for one in readers) for name, page in pages.items()}
        assert (n_more, found) == (n_more, PREVIEWS)
    assert "12.5" in readers[0].get(path).text  # the copy was there


# page of the registry -> statements for a visitor, a citizen, a steward and an analyst
DATASETS = {"list": (5, 8, 8, 18), "dataset": (13, 17, 22, 32)}


def test_the_registry_costs_exactly_so_much_with_few_datasets_and_with_many(make, new_client, cost):
    steward = make.data_steward()
    dataset = make.dataset(steward.holder, state=DatasetState.OFFERED)
    people = (make.citizen(), steward.account, make.analyst())
    readers = [new_client(), *(new_client().login(one) for one in people)]
    for n_more in (1, 20):
        for _ in range(n_more):
            make.dataset(state=DatasetState.OFFERED)
            number = len(dataset.versions) + 1
            note = {"text": "x", "by_holder": False, "author_id": dataset.proposed_by_id}
            version = make.dataset_version(dataset, number=number)
            db.session.add(QualityNote(dataset_id=dataset.id, version_id=version.id, **note))
            db.session.refresh(dataset, ["versions"])
        db.session.commit()
        pages = {"list": "/datasets", "dataset": f"/datasets/{dataset.id}"}
        found = {name: tuple(cost(one, page) for one in readers) for name, page in pages.items()}
        assert (n_more, found) == (n_more, DATASETS)


# page of a file -> statements for a visitor, a steward and an analyst; the sensitive one has figures with noise
DATA_FILES = {"file": (6, 11, 21), "sensitive": (8, 16, 26), "noise": (6, 11, 21)}


def test_files_cost_exactly_so_much_with_few_joins_and_answers_and_with_many(make, new_client, cost):
    steward = make.data_steward()
    file, sensitive = (
        make.data_file(make.dataset_version(make.dataset(steward.holder, sensitivity=kind)))
        for kind in (Sensitivity.OPEN, Sensitivity.AGGREGATE)
    )
    budget = make._add(
        DataPrivacyBudget(dataset_id=sensitive.version.dataset_id, total_millis=1_000, rows_per_person=1)
    )
    paid = {"dataset_id": budget.dataset_id, "total_millis": 1_000, "file_id": sensitive.id, "epsilon_millis": 1}
    question = {"by": "유형", "keys": ["학교"], "total": "", "lower": "", "upper": ""}
    readers = [new_client(), *(new_client().login(one) for one in (steward.account, make.analyst()))]
    spent = 0
    for n_more in (1, 9):
        for _ in range(n_more):
            other = make.data_file(make.dataset_version(make.dataset()))
            make._add(DataJoinRisk(file_id=file.id, other_file_id=other.id, shared=["달"], n_rows=6, k=2))
            for has_answer in (True, False):
                place = {"spent_before": spent, "spent_after": spent + 1, "question_hash": str(spent)}
                spend = make._add(DataBudgetSpend(question=question, **paid, **place))
                spent += 1
                if has_answer:
                    make._add(DataNoisyAnswer(spend_id=spend.id, figures=["7"], scale=2.5))
        db.session.commit()
        pages = {"file": f"/datasets/files/{file.id}", "sensitive": f"/datasets/files/{sensitive.id}"}
        pages["noise"] = f"{pages['sensitive']}/noise"
        found = {name: tuple(cost(one, page) for one in readers) for name, page in pages.items()}
        assert (n_more, found) == (n_more, DATA_FILES)


# page -> statements for a visitor, or for a member who scores
SCORES = {"scores of a stage": 10, "form that scores": 16}


def test_scores_cost_exactly_so_much_with_few_cards_and_with_many(make, new_client, cost):
    closed, open_ = (make.council_round(present=StageKind.SUBCOMMITTEE) for _ in range(2))
    stage, seat = closed.present_stage, make.seat(open_.term)
    to_score = make.task(open_, subcommittee_id=make.council_group(open_.term, [seat]).id)
    visitor, member = new_client(), new_client().login(seat.account)
    found = []
    for n_more in (1, 8):
        stage.state, stage.closed_at = StageState.OPEN, None
        db.session.flush()
        for _ in range(n_more):
            task = make.task(closed)
            for _card in range(n_more):
                make.scorecard(task)
            make.scorecard(to_score)
        make.stage_result(stage)
        db.session.commit()
        public, form = f"/council/stages/{stage.id}/scores", f"/council/tasks/{to_score.id}/score"
        found.append({"scores of a stage": cost(visitor, public), "form that scores": cost(member, form)})
    assert found == [SCORES, SCORES]


# page -> statements for a visitor, a citizen and an analyst; the same with few needs and joins and with many
NEEDS = {"list": (5, 7, 17), "need": (4, 9, 18)}


def test_needs_for_data_cost_exactly_so_much_with_few_and_with_many(make, new_client, cost):
    readers = [new_client(), new_client().login(make.citizen()), new_client().login(make.analyst())]
    idea = make.idea()
    need, dataset = make.data_need(idea), make.dataset()
    make.need_offer(need, dataset)
    for n_more in (1, 12):
        for _n in range(n_more):
            make.need_join(need)
            make.need_offer(need)
            make.need_join(make.data_need(make.idea(idea.campaign)))
        db.session.commit()
        pages = {"list": "/data-needs", "need": f"/data-needs/{need.id}"}
        found = {name: tuple(cost(reader, path) for reader in readers) for name, path in pages.items()}
        assert (n_more, found) == (n_more, NEEDS)


# page -> statements for a visitor, a citizen, a member of the panel and an analyst, with few requests and with many
REQUESTS = {"list": (6, 8, 8, 18), "request": (11, 15, 15, 26), "dataset": (14, 20, 20, 34)}


def test_requests_for_data_cost_exactly_so_much_with_few_and_with_many(make, new_client, cost):
    dataset, seat = make.restricted_dataset(), make.data_panel_seat()
    request = make.data_request(dataset)
    make.data_decision(request)
    make.data_acceptance(request)
    people = (make.citizen(), seat.account, make.analyst())
    readers = [new_client(), *(new_client().login(one) for one in people)]
    for n_more in (1, 12):
        for _n in range(n_more):
            make.data_request(dataset)
            make.data_review(request)
            make.data_terms(request)
        db.session.commit()
        pages = {
            "list": "/data-requests",
            "request": f"/data-requests/{request.id}",
            "dataset": f"/datasets/{dataset.id}",
        }
        found = {name: tuple(cost(reader, path) for reader in readers) for name, path in pages.items()}
        assert (n_more, found) == (n_more, REQUESTS)


# page -> statements for a visitor, a citizen and an analyst; the same with few uses of data and with many
USES = {"list": (5, 7, 17), "use": (2, 4, 14), "form": (7, 17)}


def test_uses_of_data_cost_exactly_so_much_with_few_and_with_many(make, new_client, cost):
    readers = [new_client(), new_client().login(make.citizen()), new_client().login(make.analyst())]
    idea = make.idea()
    use = make.data_use(idea)
    for n_more in (1, 12):
        for _n in range(n_more):
            more = make.data_use(idea)
            make.data_use(make.idea(idea.campaign), state=UseState.WAITING)
            use.datasets.append(more.datasets[0])
        db.session.commit()
        pages = {"list": "/data-uses", "use": f"/data-uses/{use.id}"}
        found = {name: tuple(cost(reader, path) for reader in readers) for name, path in pages.items()}
        found["form"] = tuple(cost(reader, f"/data-uses/new?idea={idea.id}") for reader in readers[1:])
        assert (n_more, found) == (n_more, USES)
