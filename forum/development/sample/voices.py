"""The sample's ideas, comments and votes, each written at its own moment of the past weeks.

Ideas of the first wave are those that the analysis finds; everything that the story's themes name is among them. The
others are written after it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.database import Base
from forum.core.extensions import db
from forum.core.reference import DATA_DIR, Sector
from forum.core.text import clean_line, clean_text
from forum.development.sample.people import AGES, CITIZEN, author_of
from forum.development.sample.pictures import picture
from forum.development.sample.stage import Stage
from forum.people.accounts.models import Account
from forum.system.notices.services import mark_all_read
from forum.voice.campaigns.models import Campaign
from forum.voice.everyday.models import EverydayDetails, EverydayKind
from forum.voice.ideas.models import Comment, Idea, IdeaTally
from forum.voice.ideas.services import add_comment, read_parts, store_idea, submit_idea
from forum.voice.votes.models import AGREE, DISAGREE, PASS, Vote, VoteEvent
from forum.voice.votes.services import COUNTERS

FOLDER = DATA_DIR / "sample"
_TALLY = Base.metadata.tables[IdeaTally.__tablename__]
_COUNT = (
    sa.update(_TALLY)
    .where(_TALLY.c.idea_id == sa.bindparam("idea"))
    .values({name: _TALLY.c[name] + sa.bindparam(f"more_{name}") for name in COUNTERS.values()})
)
PROPOSING_DAYS = 70.0  # the sample's ideas are spread over so many days
SHARE_OF_FIRST_WAVE = 0.85
NEWEST_DAYS_AGO = 0.15
DAYS_TO_ALL_VOTES = 10  # an idea younger than this has only a part of its votes yet


def sample_rows() -> list[dict[str, Any]]:
    """Return all ideas of `data/sample/ideas`, by sector and file order."""
    return [row for sector in Sector for row in _rows(f"ideas/{sector.name}.jsonl")]


def everyday_rows() -> list[dict[str, Any]]:
    """Return the ideas of the everyday campaign; each says how many days ago it was written."""
    return _rows("everyday.jsonl")


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def plan_ideas(stage: Stage, run_days_ago: float, elsewhere: Mapping[str, float]) -> None:
    """Plan each idea with its comments: the first wave before the analysis, the second after it.

    :param elsewhere: the ideas that somebody else plans, such as those of a gathering, and how many days ago
    """
    themed = {key for plan in stage.story["themes"] for key in plan["ideas"]}
    fixed: dict[str, float] = stage.story["citizen"]["ideas"]
    free = [row for row in stage.rows if row["id"] not in themed and row["id"] not in fixed]
    stage.random.shuffle(free)
    n_later = round((1 - SHARE_OF_FIRST_WAVE) * len(stage.rows))
    later, first = free[:n_later], free[n_later:]
    first += [row for row in stage.rows if row["id"] in themed and row["id"] not in fixed]
    for wave, oldest, newest in ((first, PROPOSING_DAYS, run_days_ago), (later, run_days_ago, NEWEST_DAYS_AGO)):
        for row in wave:
            days_ago = stage.random.uniform(newest, oldest)
            if row["id"] in elsewhere:
                _plan_comments(stage, row, elsewhere[row["id"]])
            else:
                _plan_idea(stage, stage.campaign, row, days_ago)
    for row in stage.rows:
        if row["id"] in fixed:
            _plan_idea(stage, stage.campaign, row, fixed[row["id"]], stage.staff[CITIZEN])
    for row in everyday_rows():
        author = stage.staff[CITIZEN] if row.get("by_citizen") else None
        _plan_idea(stage, stage.everyday, row, row["days_ago"], author)


def _plan_idea(
    stage: Stage, campaign: Campaign | None, row: dict[str, Any], days_ago: float, author: Account | None = None
) -> None:
    assert campaign is not None
    author = author or author_of(stage, row["age"], row["region"])
    stage.plan(days_ago, partial(_write_idea, stage, campaign, row, author))
    _plan_comments(stage, row, days_ago)


def _plan_comments(stage: Stage, row: dict[str, Any], days_ago: float) -> None:
    """Plan what is said about an idea that is written so many days ago."""
    for plan in row.get("comments", ()):
        commenter = author_of(stage, plan["age"], plan["region"])
        at = stage.random.uniform(min(0.1, days_ago / 2), days_ago)
        stage.plan(at, partial(_write_comment, stage, row["id"], commenter, plan["text"]))


def _write_idea(stage: Stage, campaign: Campaign, row: dict[str, Any], author: Account) -> None:
    """Write an idea; one that says where it is about comes as people send it today: its check starts with it."""
    if "place" in row:
        stage.ideas[row["id"]] = _submit(campaign, row, author)
        return
    sector = None if row.get("off_topic") else row.get("sector")  # who writes of something else chooses none
    idea = Idea(
        campaign_id=campaign.id,
        author_id=author.participant.id,
        title=clean_line(row["title"], "title", "제목", max_chars=100),
        body=clean_text(row["body"], "body", "내용", max_chars=5_000),
        sector=Sector[sector] if sector else None,
        region_code=row["region"],
    )
    stage.ideas[row["id"]] = store_idea(idea)
    if "everyday_kind" in row:
        db.session.add(EverydayDetails(idea_id=idea.id, kind=EverydayKind[row["everyday_kind"]]))


def _submit(campaign: Campaign, row: dict[str, Any], author: Account) -> Idea:
    sent: dict[str, Any] = {name: row[name] for name in ("title", "body", "district", "place")}
    sent |= {"kind": row["everyday_kind"], "region_code": row["region"]}
    if photo := row.get("photo"):
        sent |= {"photo_1": [picture(photo["picture"])], "caption_1": photo["caption"]}
    parts = read_parts(campaign, author, sent)
    return submit_idea(campaign, author, row["title"], row["body"], region_code=row["region"], parts=parts)


def _write_comment(stage: Stage, key: str, author: Account, text: str) -> None:
    idea_id = stage.ideas[key].id
    body = clean_text(text, "body", "댓글", max_chars=1_000)
    db.session.add(Comment(idea_id=idea_id, author_id=author.participant.id, body=body, created_at=clock.now()))
    db.session.execute(sa.update(IdeaTally).where(IdeaTally.idea_id == idea_id).values(comments=IdeaTally.comments + 1))


def plan_citizen(stage: Stage) -> None:
    """Plan the comments of the citizen who can sign in, and the day on which they last read their notices."""
    plan, citizen = stage.story["citizen"], stage.staff[CITIZEN]
    for comment in plan["comments"]:
        stage.plan(comment["days_ago"], partial(_write_comment, stage, comment["idea"], citizen, comment["text"]))
    stage.plan(plan["read_notices_days_ago"], partial(mark_all_read, citizen))


def plan_flood(stage: Stage) -> None:
    """Plan near-copies of one comment under several ideas: the last of them waits for a moderator."""
    plan = stage.story["flood"]
    author = author_of(stage, plan["age"], plan["region"])
    for n, (text, row) in enumerate(zip(plan["texts"], _themed_rows(stage), strict=False)):
        stage.plan((3 - n / 10) / 24, partial(_flood, stage, row["id"], author, text))


def _themed_rows(stage: Stage) -> list[dict[str, Any]]:
    """Return the rows of the story's themes: they are written before everything of the last days."""
    themed = {key for plan in stage.story["themes"] for key in plan["ideas"]}
    return [row for row in stage.rows if row["id"] in themed]


def _flood(stage: Stage, key: str, author: Account, text: str) -> None:
    add_comment(stage.ideas[key], author, text)


def plan_votes(stage: Stage) -> None:
    """Plan to count the votes at the end of each day: a letter states its ideas' votes of the day it was sent."""
    for days in range(int(PROPOSING_DAYS), -1, -1):
        stage.plan(days, partial(cast_votes, stage))


def cast_votes(stage: Stage) -> None:
    """Write the votes cast until now. Those of an idea are drawn when it is first seen."""
    for key, idea in stage.ideas.items():
        if key not in stage.drawn:
            stage.drawn.add(key)
            stage.votes += _draw_votes(stage, idea, stage.rows_by_id[key])
    now = clock.now()
    until_now = sorted((vote for vote in stage.votes if vote["at"] <= now), key=lambda vote: vote["at"])
    stage.votes = [vote for vote in stage.votes if vote["at"] > now]
    if until_now:
        write_votes(until_now)


def _draw_votes(stage: Stage, idea: Idea, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Draw votes on an idea by the probabilities of each person's group, between its moment and now; most come early.

    The seed is the idea's own, so that its votes do not depend on what else was drawn before.
    """
    random = Random(f"votes of {row['id']}")  # noqa: S311  (seeded on purpose)
    span = (stage.now - idea.created_at).total_seconds()
    so_far = min(1.0, span / timedelta(days=DAYS_TO_ALL_VOTES).total_seconds())
    writers = [*stage.people, (stage.staff[CITIZEN], 0)]
    # Who only vote come for what many look at.
    reaches = [row["reach"] * 0.6] * len(writers)
    reaches += [row["reach"] ** 2 * stage.story["voters"]["reach"]] * len(stage.voters)
    votes: list[dict[str, Any]] = []
    for (account, group), reach in zip([*writers, *stage.voters], reaches, strict=True):
        if account.participant.id == idea.author_id or random.random() > reach * so_far:
            continue
        value = opinion_of(stage, account, group, row, random.random())
        at = idea.created_at + timedelta(seconds=span * random.random() ** 2)
        votes.append({"idea_id": idea.id, "participant_id": account.participant.id, "value": value, "at": at})
    return votes


def write_votes(votes: Sequence[dict[str, Any]]) -> None:
    """Insert votes with their events, and count them in the tallies; `flask forum check` recounts them."""
    db.session.execute(sa.insert(VoteEvent), votes)
    db.session.execute(
        sa.insert(Vote),
        [
            {name: vote[name] for name in ("idea_id", "participant_id", "value")} | {"cast_at": vote["at"]}
            for vote in votes
        ],
    )
    counted = Counter((vote["idea_id"], vote["value"]) for vote in votes)
    more = [
        {"idea": idea_id} | {f"more_{column}": counted[idea_id, value] for value, column in COUNTERS.items()}
        for idea_id in sorted({idea_id for idea_id, _value in counted})
    ]
    db.session.execute(_COUNT, more)


def opinion_of(stage: Stage, account: Account, group: int, row: dict[str, Any], draw: float) -> int:
    """Return the vote that a draw from 0 to 1 stands for, by the person's group and, on a few ideas, by their age."""
    age = stage.now.year - (account.birth_year or 0)
    band = next((n for n, (_youngest, oldest) in enumerate(AGES) if age <= oldest), len(AGES) - 1)
    more = stage.story["ages"].get(row["id"], (0.0,) * len(AGES))[band]
    support, oppose = row["support"][group] + more, max(row["oppose"][group] - more, 0.0)
    if draw < support:
        return AGREE
    return DISAGREE if draw < support + oppose else PASS
