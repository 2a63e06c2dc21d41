"""Load the sample of `data/sample` into an empty forum, through the services that people use.

This is the body of `flask forum setup`, not a service: it commits after each step. It has to, since the analysis and
the digest are jobs, which read what is committed.

Each act happens at its own moment of the past weeks, so that every page shows a believable timeline. Votes are drawn
with a fixed seed from the support that each sample idea states for three groups of people. Everything is marked as
sample, and production refuses to start with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from forum.analysis.curation.membership import add_ideas, remove_ideas
from forum.analysis.curation.services import adopt_cluster, decide_theme
from forum.analysis.themes.models import Cluster, ClusterMember, Theme, ThemeState
from forum.analysis.themes.queries import current_run
from forum.analysis.themes.services import start_run
from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.reference import DATA_DIR, Sector
from forum.core.text import clean_line, clean_text
from forum.development.sample.letters import APPROVER, LEAD_MINISTRY, certify, send
from forum.development.sample.stage import Stage
from forum.people.accounts.models import Account, CouncilSeat, Participant
from forum.people.accounts.services import add_account, grant_role
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import get_ministry
from forum.publication.digests.models import Digest, DigestState
from forum.publication.digests.services import start_digest
from forum.system.jobs.waiting import run_or_follow_job
from forum.voice.campaigns.models import Campaign, CampaignKind, PhaseKind
from forum.voice.campaigns.services import Span, add_campaign
from forum.voice.ideas.models import Comment, Idea, IdeaTally
from forum.voice.ideas.services import add_comment, store_idea
from forum.voice.votes.models import AGREE, DISAGREE, PASS, Vote, VoteEvent

FOLDER = DATA_DIR / "sample"
SEED = 2050
SIGN_INS = (
    ("시민", "citizen@sample.invalid", "sample-citizen-2050"),
    ("모임 진행자", "facilitator@sample.invalid", "sample-facilitator-2050"),
    ("분석가", "analyst@sample.invalid", "sample-analyst-2050"),
    ("소관부처 담당자", "officer@sample.invalid", "sample-officer-2050"),
    ("소관부처 결재자", "approver@sample.invalid", "sample-approver-2050"),
    ("협의회 위원", "council@sample.invalid", "sample-council-2050"),
    ("관리자", "admin@sample.invalid", "sample-admin-2050"),
)
MAX_WAIT_MINUTES = 30  # for a worker that has the sample's analysis or digest
PROPOSING_DAYS = 40  # the sample's ideas are spread over so many days, until yesterday
MARK = re.compile(r"\[([A-Z]+-\d+)\]")


def sample_rows() -> list[dict[str, Any]]:
    """Return all ideas of `data/sample/ideas`, by sector and file order."""
    rows = []
    for sector in Sector:
        lines = (FOLDER / "ideas" / f"{sector.name}.jsonl").read_text(encoding="utf-8").splitlines()
        rows += [json.loads(line) for line in lines if line.strip()]
    return rows


def has_campaigns() -> bool:
    return db.session.scalar(sa.select(sa.exists().where(Campaign.id.is_not(None)))) or False


def is_half_loaded() -> bool:
    """Return whether loading was interrupted: only sample data exists, and the digest, its last step, is missing."""
    theirs = sa.select(Account.id).where(~Account.is_sample)
    return (
        has_campaigns()
        and not db.session.scalar(sa.select(sa.exists().where(~Campaign.is_sample)))
        and not db.session.scalar(sa.select(theirs.exists()))
        and not db.session.scalar(sa.select(sa.exists().where(Digest.state == DigestState.PUBLISHED)))
    )


def load_sample() -> Iterator[str]:
    """Fill the forum, yielding a line after each step. Commits after each. The ministries must be loaded already."""
    story = json.loads((FOLDER / "story.json").read_text(encoding="utf-8"))
    stage = Stage(clock.now(), Random(SEED), story, sample_rows())  # noqa: S311  (seeded on purpose)
    stage.campaign = _campaigns(stage)
    _staff(stage)
    _people(stage)
    yield f"계정 {len(stage.people) + len(stage.staff)}개"
    _ideas(stage)
    _votes(stage)
    _flood(stage)
    db.session.commit()
    yield f"제안 {len(stage.ideas)}건과 투표 {_count(Vote)}표, 댓글 {_count(Comment)}개"
    with clock.at(stage.days_ago(20)):
        n_clusters = _analyse(stage)
    yield f"분석: 묶음 {n_clusters}개"
    n_themes = _themes(stage)
    certify(stage)
    db.session.commit()
    yield f"정책 주제 {n_themes}개와 전달·답변"
    _digest(stage)
    yield "다이제스트 1개"


def _count(table: type[Any]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _campaigns(stage: Stage) -> Campaign:
    spans = {
        PhaseKind.PROPOSING: Span(stage.days_ago(PROPOSING_DAYS + 1), stage.days_ago(-30)),
        PhaseKind.VOTING: Span(stage.days_ago(PROPOSING_DAYS + 1), stage.days_ago(-45)),
        PhaseKind.REVIEW: Span(stage.days_ago(25), stage.days_ago(-60)),
        PhaseKind.REFERRAL: Span(stage.days_ago(20), stage.days_ago(-75)),
        PhaseKind.ANSWER: Span(stage.days_ago(20), stage.days_ago(-120)),
    }
    with clock.at(stage.days_ago(PROPOSING_DAYS + 2)):
        plan = stage.story["campaign"]
        campaign = add_campaign(SYSTEM, plan["slug"], plan["title"], CampaignKind.FORUM, plan["summary"], spans)
        plan = stage.story["everyday"]
        everyday = add_campaign(SYSTEM, plan["slug"], plan["title"], CampaignKind.EVERYDAY, plan["summary"])
    campaign.is_sample = everyday.is_sample = True
    return campaign


def _staff(stage: Stage) -> None:
    names = (
        "새벽이슬",
        "모임지기 한결",
        "분석가 다온",
        "기후부 담당 이음",
        "기후부 결재 나래",
        "위원 도담",
        "관리자 누리",
    )
    officer = Role.MINISTRY_OFFICER
    roles = (None, Role.FACILITATOR, Role.ANALYST, officer, officer, Role.COUNCIL_MEMBER, Role.ADMIN)
    with clock.at(stage.days_ago(PROPOSING_DAYS + 1)):
        for (label, email, password), name, role in zip(SIGN_INS, names, roles, strict=True):
            account = add_account(email, name, password, birth_year=2009 if role is None else 1985, is_sample=True)
            if role is not None:
                _grant(account, role, get_ministry(LEAD_MINISTRY), can_approve=label == APPROVER)
            stage.staff[label] = account
        for ministry_code in sorted(_answering_ministries(stage) - {LEAD_MINISTRY}):
            stage.staff[ministry_code] = _other_officer(ministry_code, "담당")
            stage.staff[f"{ministry_code} 결재"] = _other_officer(ministry_code, "결재")
    db.session.commit()


def _grant(account: Account, role: Role, ministry: Ministry, can_approve: bool = False) -> None:
    grant_role(
        account,
        role,
        SYSTEM,
        ministry=ministry if role is Role.MINISTRY_OFFICER else None,
        council_seat=CouncilSeat.CIVIL if role is Role.COUNCIL_MEMBER else None,
        can_approve_answers=can_approve,
    )


def _answering_ministries(stage: Stage) -> set[str]:
    letters = [plan["letter"] for plan in stage.story["themes"] if plan.get("letter")]
    named = {code for letter in letters for code in (letter["to"], *letter.get("co", ()))}
    return named | {step["to"] for letter in letters for step in letter["steps"] if "to" in step}


def _other_officer(ministry_code: str, duty: str) -> Account:
    """Create an officer who answers (담당) or approves (결재) for another ministry; without a password."""
    ministry = get_ministry(ministry_code)
    email = f"{'officer' if duty == '담당' else 'approver'}-{ministry_code.lower()}@sample.invalid"
    account = add_account(email, f"{ministry.name} {duty}"[:20], None, birth_year=1985, is_sample=True)
    _grant(account, Role.MINISTRY_OFFICER, ministry, can_approve=duty == "결재")
    return account


def _people(stage: Stage) -> None:
    """Create the authors and voters. They have no password, so no visitor signs in as them."""
    with clock.at(stage.days_ago(PROPOSING_DAYS + 1)):
        for n, person in enumerate(stage.story["people"], start=1):
            account = Account(
                email=f"person{n}@sample.invalid",
                email_key=f"person{n}@sample.invalid",
                display_name=person["display_name"],
                birth_year=stage.now.year - person["age"],
                region_code=person["region"],
                confirmed_at=clock.now(),
                is_sample=True,
                must_agree=False,
            )
            account.participant = Participant()
            db.session.add(account)
            stage.people.append((account, person["group"] - 1))
    db.session.commit()


def _ideas(stage: Stage) -> None:
    """Create each idea, by a person of about its age and, if possible, its region. Some ideas are off-topic."""
    assert stage.campaign is not None
    order = stage.random.sample(stage.rows, len(stage.rows))
    moments = sorted(stage.random.uniform(1, PROPOSING_DAYS) for _ in order)
    for row, days in zip(order, reversed(moments), strict=True):
        with clock.at(stage.days_ago(days)):
            idea = Idea(
                campaign_id=stage.campaign.id,
                author_id=_author(stage, row["age"], row["region"]).participant.id,
                title=clean_line(row["title"], "title", "제목", max_chars=100),
                body=clean_text(row["body"], "body", "내용", max_chars=5_000),
                sector=Sector[row["sector"]],
                region_code=row["region"],
            )
            stage.ideas[row["id"]] = store_idea(idea)
        for comment in row.get("comments", ()):
            _comment(stage, idea, comment, days)


def _author(stage: Stage, age: int, region: str) -> Account:
    def distance(person: tuple[Account, int]) -> tuple[int, float]:
        account, _group = person
        years = abs(stage.now.year - (account.birth_year or 0) - age)
        return years + (0 if account.region_code == region else 6), stage.random.random()

    return min(stage.people, key=distance)[0]


def _comment(stage: Stage, idea: Idea, plan: dict[str, Any], idea_days_ago: float) -> None:
    author = _author(stage, plan["age"], plan["region"])
    with clock.at(stage.days_ago(stage.random.uniform(0.2, idea_days_ago))):
        body = clean_text(plan["text"], "body", "댓글", max_chars=1_000)
        db.session.add(Comment(idea_id=idea.id, author_id=author.participant.id, body=body, created_at=clock.now()))
    db.session.execute(sa.update(IdeaTally).where(IdeaTally.idea_id == idea.id).values(comments=IdeaTally.comments + 1))


def _flood(stage: Stage) -> None:
    """Write near-copies of one comment under several ideas: the last of them waits for a moderator."""
    plan = stage.story["flood"]
    author = _author(stage, plan["age"], plan["region"])
    for n, (text, row) in enumerate(zip(plan["texts"], stage.rows, strict=False)):
        with clock.at(stage.now - timedelta(hours=3 - n / 10)):
            add_comment(stage.ideas[row["id"]], author, text)


def _votes(stage: Stage) -> None:
    """Create votes by the probabilities of each person's group, in bulk; `flask forum check` recounts the tallies."""
    votes: list[dict[str, Any]] = []
    for row in stage.rows:
        idea = stage.ideas[row["id"]]
        for account, group in stage.people:
            if account.participant.id == idea.author_id or stage.random.random() > row["reach"] * 0.6:
                continue
            value = _opinion(stage.random.random(), row["support"][group], row["oppose"][group])
            span = (stage.now - idea.created_at).total_seconds()
            at = idea.created_at + timedelta(seconds=stage.random.uniform(0, span))
            votes.append({"idea_id": idea.id, "participant_id": account.participant.id, "value": value, "at": at})
    votes.sort(key=lambda vote: vote["at"])
    db.session.execute(sa.insert(VoteEvent), votes)
    db.session.execute(
        sa.insert(Vote),
        [
            {name: vote[name] for name in ("idea_id", "participant_id", "value")} | {"cast_at": vote["at"]}
            for vote in votes
        ],
    )
    for value, column in ((AGREE, IdeaTally.agree), (DISAGREE, IdeaTally.disagree), (PASS, IdeaTally.pass_)):
        counted = (
            sa.select(sa.func.count())
            .where(Vote.idea_id == IdeaTally.idea_id, Vote.value == value)
            .correlate(IdeaTally)
            .scalar_subquery()
        )
        db.session.execute(sa.update(IdeaTally).values({column: counted}))


def _opinion(draw: float, support: float, oppose: float) -> int:
    if draw < support:
        return AGREE
    return DISAGREE if draw < support + oppose else PASS


def _analyse(stage: Stage) -> int:
    assert stage.campaign is not None
    job = start_run(stage.campaign, SYSTEM)
    db.session.commit()
    run_or_follow_job(job.id, MAX_WAIT_MINUTES, _("분석하는 중"))
    run = current_run(stage.campaign.id)
    assert run is not None
    return len(run.clusters)


def _themes(stage: Stage) -> int:
    """For each theme of the story, adopt the cluster with most of its ideas, decide on it, and send its letter."""
    made = 0
    for place, plan in enumerate(stage.story["themes"]):
        with clock.at(stage.days_ago(19 - place)):
            theme = _theme(stage, plan)
        if theme is None:
            continue
        made += 1
        with clock.at(stage.days_ago(18 - place)):
            _decide(stage, theme, plan)
        if plan.get("letter"):
            send(stage, theme, plan)
        db.session.commit()
    return made


def _theme(stage: Stage, plan: dict[str, Any]) -> Theme | None:
    wanted = [stage.ideas[key] for key in plan["ideas"]]
    sector = Sector[plan["sector"]]
    alike = {idea.id for idea in stage.ideas.values() if idea.sector is sector}
    cluster = _cluster_of(stage, wanted)
    if (
        cluster is None
    ):  # another theme took it: use one of the same sector, and keep only the ideas that the story names
        cluster = _cluster_of(stage, [idea for idea in stage.ideas.values() if idea.id in alike])
        alike = set()
    if cluster is None:
        return None
    analyst = stage.staff["분석가"]
    theme = adopt_cluster(cluster, analyst, plan["title"], _with_numbers(plan["summary"], stage))
    present = {member.idea_id for member in theme.members}
    missing = [idea.id for idea in wanted if idea.id not in present]
    if missing:
        add_ideas(theme, missing, analyst, theme.version)
    _leave_out_strangers(theme, alike | {idea.id for idea in wanted}, analyst)
    return theme


def _leave_out_strangers(theme: Theme, wanted: set[int], analyst: Account) -> None:
    """Remove ideas that do not belong to the theme, as an analyst would."""
    found = sorted({member.idea_id for member in theme.members} - wanted)
    if found:
        remove_ideas(theme, found, analyst, theme.version)


def _cluster_of(stage: Stage, wanted: Sequence[Idea]) -> Cluster | None:
    """Return the cluster of the current run with the most of these ideas that no theme was made from."""
    assert stage.campaign is not None
    run = current_run(stage.campaign.id)
    assert run is not None
    taken = sa.select(Theme.cluster_id).where(Theme.cluster_id.is_not(None))
    query = (
        sa.select(Cluster)
        .join(ClusterMember, ClusterMember.cluster_id == Cluster.id)
        .where(Cluster.run_id == run.id, ClusterMember.idea_id.in_([idea.id for idea in wanted]))
        .where(Cluster.id.not_in(taken))
        .group_by(Cluster.id)
        .order_by(sa.func.count().desc(), Cluster.id)
        .limit(1)
    )
    return db.session.scalar(query)


def _with_numbers(summary: str, stage: Stage) -> str:
    """Replace marks such as [TRANSPORT-03] by the idea's number in this forum, such as [#17]."""
    return MARK.sub(lambda found: f"[#{stage.ideas[found.group(1)].id}]", summary)


def _decide(stage: Stage, theme: Theme, plan: dict[str, Any]) -> None:
    if plan["decision"] in ThemeState.__members__:
        decision = ThemeState[plan["decision"]]
        decide_theme(theme, stage.staff["분석가"], decision, plan.get("reason") or "", theme.version)


def _digest(stage: Stage) -> None:
    assert stage.campaign is not None
    job = start_digest(stage.campaign, stage.staff["분석가"], ["html", "csv", "xlsx", "json"])
    db.session.commit()
    run_or_follow_job(job.id, MAX_WAIT_MINUTES, _("만드는 중"))
