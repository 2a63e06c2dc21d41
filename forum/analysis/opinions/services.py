"""Snapshots of a campaign's votes: ask for one, write it, publish it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from forum.analysis.opinions.facts import CURRENT_SNAPSHOTS, SNAPSHOTS
from forum.analysis.opinions.lens import AGE, AGE_BANDS, REGION, UNTOLD, Cells, Lens, age_band, shown_cells
from forum.analysis.opinions.models import OpinionGroup, OpinionScore, OpinionSnapshot, SnapshotState
from forum.analysis.opinions.permissions import can_start_snapshot
from forum.analysis.opinions.queries import SNAPSHOT_JOB
from forum.analysis.opinions.votes import CampaignVotes
from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import affected
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.reference import regions
from forum.system.audit.services import record
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.services import enqueue_job
from forum.voice.campaigns.models import Campaign
from nlp.opinion import verify_slate

if TYPE_CHECKING:
    from nlp.opinion.summary import LastGroups, OpinionSummary

SEED = 0
MAX_APART = 20  # differences kept of a group; a page shows fewer
BATCH_SIZE = 5_000  # rows a transaction deletes at most, so that others never wait long


@cache
def verifier_source() -> str:
    """Return the program that checks the proof of a slate, as it is shipped."""
    return Path(verify_slate.__file__).read_text(encoding="utf-8")


def start_snapshot(campaign: Campaign, actor: Actor) -> Job:
    """Enqueue a snapshot of a campaign's votes, or return the one that is waiting or running. The caller commits.

    :raise Forbidden: only analysts, admins and the system
    """
    require(can_start_snapshot(actor))
    job = enqueue_job(SNAPSHOT_JOB, dedupe_key=f"campaign:{campaign.id}", actor=actor, campaign_id=campaign.id)
    record(actor, "opinions.start_snapshot", campaign, after={"job_id": job.id})
    return job


def enqueue_due_snapshot(campaign_id: int) -> None:
    """Enqueue a snapshot that is due by itself. The caller commits."""
    enqueue_job(SNAPSHOT_JOB, dedupe_key=f"campaign:{campaign_id}", campaign_id=campaign_id)


def cells_and_chances(votes: CampaignVotes) -> tuple[Any, list[Any]]:
    """Return `nlp.opinion.cells.Cells` and the probability of each of its votes, by kind and in its order."""
    import numpy as np
    from scipy import sparse

    from nlp.opinion.cells import Cells

    shape = len(votes.participant_ids), len(votes.idea_ids)
    kinds, chances = [], []
    order = np.lexsort((votes.idea, votes.person))
    for value in (1, -1, 0):
        chosen = order[votes.value[order] == value]
        person, idea = votes.person[chosen], votes.idea[chosen]
        indptr = np.concatenate([[0], np.cumsum(np.bincount(person, minlength=shape[0]))]).astype(np.int32)
        ones = np.ones(len(chosen), dtype=np.float32)
        kinds.append(sparse.csr_array((ones, idea.astype(np.int32), indptr), shape=shape))
        chances.append(votes.shown[chosen])
    return Cells(*kinds), chances


@dataclass(frozen=True)
class WithExcluded:
    """The votes and what is found in them, with those that moderators have excluded."""

    votes: CampaignVotes
    summary: OpinionSummary


def create_snapshot(
    campaign_id: int,
    job_id: int,
    attempt: int,
    votes: CampaignVotes,
    summary: OpinionSummary,
    with_excluded: WithExcluded | None = None,
) -> OpinionSnapshot:
    """Add a snapshot that is BUILDING, with its groups. The caller holds the job's lease and commits.

    What an earlier attempt left is cleared by `tasks.clear_lost_snapshots`.
    """
    snapshot = OpinionSnapshot(
        campaign_id=campaign_id,
        job_id=job_id,
        attempt=attempt,
        votes_cut_at=votes.cut_at,
        last_event_id=votes.last_event_id,
        n_people=len(votes.participant_ids),
        n_entering=summary.n_entering,
        n_ideas=len(votes.idea_ids),
        n_votes=len(votes.value),
        parameters={
            "method": "forum",
            "seed": SEED,
            "worth": summary.ground.worth,
            "versions": {name: version(name) for name in ("numpy", "scipy", "scikit-learn")},
        }
        | _excluded(votes, with_excluded),
        map=_map(summary),
    )
    db.session.add(snapshot)
    db.session.flush()
    rows = list(_group_rows(snapshot.id, votes, summary))
    if rows:
        db.session.execute(sa.insert(OpinionGroup), rows)
    return snapshot


def _excluded(votes: CampaignVotes, with_excluded: WithExcluded | None) -> dict[str, Any]:
    if with_excluded is None:
        return {}
    everybody = with_excluded.votes
    counts = {
        "exclusions": votes.exclusion_ids,
        "people": len(everybody.participant_ids) - len(votes.participant_ids),
        "votes": len(everybody.value) - len(votes.value),
    }
    return {"excluded": counts}


def scores_with_excluded(votes: CampaignVotes, with_excluded: WithExcluded | None) -> dict[int, dict[str, Any]]:
    """Return `OpinionScore.with_excluded` by idea id; empty where no exclusion is in force."""
    import numpy as np

    if with_excluded is None:
        return {}
    everybody, found = with_excluded.votes, with_excluded.summary
    counted = dict(zip(*np.unique(votes.idea_ids[votes.idea], return_counts=True), strict=True))
    n_votes = np.bincount(everybody.idea, minlength=len(everybody.idea_ids))
    return {
        idea_id: {
            "excluded": int(n_votes[n] - counted.get(idea_id, 0)),
            "votes": round(float(found.ground.group_counts[:, n].sum())),
            "share": _number(found.ground.share[n]),
            "common_ground": _number(found.ground.score[n]),
            "low": _number(found.ground.low[n]),
            "high": _number(found.ground.high[n]),
            "badge": bool(found.badges.badge[n]),
        }
        for n, idea_id in enumerate(everybody.idea_ids.tolist())
    }


def score_rows(
    snapshot_id: int,
    votes: CampaignVotes,
    summary: OpinionSummary,
    lenses: dict[int, Lens],
    with_excluded: WithExcluded | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the rows of `OpinionScore`, one for each idea.

    :param lenses: what may be shown by age and region, by idea id
    :param with_excluded: the same with the votes that moderators have excluded, if there are any
    """
    import numpy as np

    beside = scores_with_excluded(votes, with_excluded)
    ground, given, drawn = summary.ground, summary.badges, summary.map
    slots = np.random.default_rng(SEED).permutation(len(votes.idea_ids))
    for n, idea_id in enumerate(votes.idea_ids.tolist()):
        loadings = [*drawn.positions.ideas[n].tolist(), float(drawn.positions.offsets[n])] if drawn else []
        yield {
            "snapshot_id": snapshot_id,
            "idea_id": idea_id,
            "slot": int(slots[n]),
            "gain": float(summary.gain[n]),
            "votes": round(float(ground.group_counts[:, n].sum())),
            "share": _number(ground.share[n]),
            "common_ground": _number(ground.score[n]),
            "low": _number(ground.low[n]),
            "high": _number(ground.high[n]),
            "order_score": _number(ground.order_score[n]),
            "consensus": _number(ground.gic[n]),
            "badge": bool(given.badge[n]),
            "cost_to_win": _whole(given.cost_to_win[n]),
            "cost_to_lose": _whole(given.cost_to_lose[n]),
            "reweighted_share": _number(summary.reweighted.share[n]),
            "reweighted_votes": float(summary.reweighted.effective_votes[n]),
            "groups": [
                [
                    *(round(float(count)) for count in ground.group_counts[group, n]),
                    _number(ground.group_share[group, n]),
                    _number(ground.group_low[group, n]),
                    _number(ground.group_high[group, n]),
                ]
                for group in range(len(summary.numbers))
            ],
            "loadings": [round(value, 6) for value in loadings],
            "lens": lenses.get(idea_id, {}),
            "with_excluded": beside.get(idea_id),
        }


def publish_snapshot(snapshot_id: int, attempt: int) -> int:
    """Make a snapshot the current one of its campaign; return its number.

    The caller holds the job's lease, ends the job and commits. Another attempt's snapshot is not published.
    """
    snapshot = db.session.get_one(OpinionSnapshot, snapshot_id)
    campaign_id = snapshot.campaign_id
    db.session.execute(sa.select(Campaign.id).where(Campaign.id == campaign_id).with_for_update(key_share=True))
    own = OpinionSnapshot.campaign_id == campaign_id
    number = (db.session.scalar(sa.select(sa.func.max(OpinionSnapshot.number)).where(own)) or 0) + 1
    db.session.execute(sa.update(OpinionSnapshot).where(own, OpinionSnapshot.is_current).values(is_current=False))
    is_this = sa.and_(
        OpinionSnapshot.id == snapshot_id,
        OpinionSnapshot.state == SnapshotState.BUILDING,
        OpinionSnapshot.attempt == attempt,
    )
    db.session.execute(
        sa.update(OpinionSnapshot)
        .where(is_this)
        .values(state=SnapshotState.FINISHED, is_current=True, number=number, finished_at=clock.now())
    )
    facts = SNAPSHOTS.of([snapshot_id]) | CURRENT_SNAPSHOTS.of([campaign_id])
    after = {"number": number, "n_people": snapshot.n_people, "n_ideas": snapshot.n_ideas}
    record(SYSTEM, "opinions.publish_snapshot", snapshot, after=after, facts=facts)
    return number


def last_groups(current: OpinionSnapshot | None, idea_ids: list[int]) -> tuple[LastGroups | None, list[bool]]:
    """Return what is kept of the current snapshot's groups, by these ideas, and which of them have the badge."""
    import numpy as np

    from nlp.opinion.summary import LastGroups

    if current is None:
        return None, [False] * len(idea_ids)
    place = {idea_id: n for n, idea_id in enumerate(idea_ids)}
    counts = np.zeros((len(current.groups), len(idea_ids), 3))
    loadings, badge = np.full((len(idea_ids), 2), np.nan), [False] * len(idea_ids)
    query = sa.select(OpinionScore.idea_id, OpinionScore.groups, OpinionScore.loadings, OpinionScore.badge).where(
        OpinionScore.snapshot_id == current.id
    )
    for idea_id, groups, loading, has_badge in db.session.execute(query):
        n = place.get(idea_id)
        if n is None:
            continue
        badge[n] = has_badge
        if groups:
            counts[:, n] = [group[:3] for group in groups]
        if loading:
            loadings[n] = loading[:2]
    numbers = np.array([group.number for group in current.groups], dtype=np.int64)
    sizes = np.array([group.size for group in current.groups], dtype=np.float64)
    return LastGroups(numbers, sizes, counts, loadings), badge


def groups_of_people(votes: CampaignVotes, last: LastGroups | None) -> list[int | None]:
    """Return the group of a snapshot that foretells each person's votes best. Nothing is stored.

    None without a snapshot, for people with too few votes, and in groups of fewer than five people, in the snapshot or
    here.
    """
    from nlp.opinion.placing import group_chances

    if last is None or not len(last.numbers):
        return [None] * len(votes.participant_ids)
    cells, _chances = cells_and_chances(votes)
    nearest = last.numbers[group_chances(cells, last.counts, last.sizes).argmax(axis=1)].tolist()
    groups = [number if enters else None for number, enters in zip(nearest, cells.entering().tolist(), strict=True)]
    here = Counter(groups)
    told = {
        number
        for number, size in zip(last.numbers.tolist(), last.sizes.tolist(), strict=True)
        if min(size, here[number]) >= MIN_PEOPLE_PER_CELL
    }
    return [group if group in told else None for group in groups]


def lenses(votes: CampaignVotes, current: OpinionSnapshot | None) -> dict[int, Lens]:
    """Return what may be shown of each idea by age and region, by idea id; ideas without such a cell are left out."""
    import numpy as np

    query = sa.select(OpinionScore.idea_id, OpinionScore.lens).where(
        OpinionScore.snapshot_id == (current.id if current else 0)
    )
    before: dict[int, Lens] = {row.idea_id: row.lens for row in db.session.execute(query)}
    year, known = clock.today().year, regions()
    codes = {
        AGE: [age_band(int(born) or None, year) for born in votes.birth_years],
        REGION: [code if code in known else UNTOLD for code in votes.regions],
    }
    tables = {
        dimension: _cells_by_idea(votes, [*every, UNTOLD], codes[dimension], np)
        for dimension, every in ((AGE, AGE_BANDS), (REGION, known))
    }
    found = {}
    for n, idea_id in enumerate(votes.idea_ids.tolist()):
        lens = shown_cells({name: table[n] for name, table in tables.items()}, before.get(idea_id, {}))
        if lens:
            found[idea_id] = lens
    return found


def stale_snapshot_ids() -> list[int]:
    """Return the snapshots that are BUILDING but whose job runs in another attempt or has ended."""
    continues = sa.select(Job.id).where(
        Job.id == OpinionSnapshot.job_id, Job.state == JobState.RUNNING, Job.attempt == OpinionSnapshot.attempt
    )
    stale = OpinionSnapshot.state == SnapshotState.BUILDING
    return list(db.session.scalars(sa.select(OpinionSnapshot.id).where(stale, ~continues.exists())))


def delete_score_batch(snapshot_id: int) -> int:
    """Delete at most BATCH_SIZE scores of a snapshot; return how many. The caller commits."""
    own = OpinionScore.snapshot_id == snapshot_id
    batch = sa.select(OpinionScore.idea_id).where(own).limit(BATCH_SIZE)
    deleted = db.session.execute(
        sa.delete(OpinionScore).where(own, OpinionScore.idea_id.in_(batch)).execution_options(synchronize_session=False)
    )
    return affected(deleted)


def mark_snapshot_failed(snapshot_id: int) -> None:
    """Delete the groups of a snapshot that is still BUILDING and mark it as FAILED. The caller commits."""
    db.session.execute(sa.delete(OpinionGroup).where(OpinionGroup.snapshot_id == snapshot_id))
    db.session.execute(
        sa.update(OpinionSnapshot)
        .where(OpinionSnapshot.id == snapshot_id, OpinionSnapshot.state == SnapshotState.BUILDING)
        .values(state=SnapshotState.FAILED, finished_at=clock.now())
    )


def _group_rows(snapshot_id: int, votes: CampaignVotes, summary: OpinionSummary) -> Iterator[dict[str, Any]]:
    for place, (number, size) in enumerate(zip(summary.numbers.tolist(), summary.sizes.tolist(), strict=True)):
        assert summary.map is not None  # there are people
        x, y = summary.map.centres[place].tolist()
        spread_x, spread_y = summary.map.spreads[place].tolist()
        apart = [one for one in summary.apart if one.group == number][:MAX_APART]
        yield {
            "snapshot_id": snapshot_id,
            "number": number,
            "size": int(size),
            "x": x,
            "y": y,
            "spread_x": spread_x,
            "spread_y": spread_y,
            "apart": [
                {
                    "idea": int(votes.idea_ids[one.idea]),
                    "agrees_more": one.agrees_more,
                    "share": round(one.share, 4),
                    "others_share": round(one.others_share, 4),
                    "votes": one.votes,
                    "others_votes": one.others_votes,
                }
                for one in apart
            ],
        }


def _map(summary: OpinionSummary) -> dict[str, Any]:
    drawn = summary.map
    if drawn is None:
        return {}
    return {
        "places": [[round(one.x, 4), round(one.y, 4), one.group, one.people] for one in drawn.places],
        "n_hidden": drawn.n_hidden,
        "noise": drawn.positions.noise,
        "scale": drawn.positions.scale.tolist(),
        "edges": drawn.edges.tolist(),
    }


def _cells_by_idea(votes: CampaignVotes, codes: list[str], code_of: list[str], np: Any) -> list[Cells]:
    """Return votes and agreeing votes by code, one table for each idea."""
    place = {code: n for n, code in enumerate(codes)}
    person_code = np.array([place[code] for code in code_of], dtype=np.int64)
    shape = len(votes.idea_ids), len(codes)
    keys = votes.idea * shape[1] + (person_code[votes.person] if len(person_code) else 0)
    size = shape[0] * shape[1]
    total = np.bincount(keys, minlength=size).reshape(shape)
    agree = np.bincount(keys[votes.value == 1], minlength=size).reshape(shape)
    return [
        {code: (int(total[n, c]), int(agree[n, c])) for c, code in enumerate(codes)} for n in range(len(votes.idea_ids))
    ]


def _number(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)


def _whole(value: Any) -> int | None:
    return None if math.isnan(value) else int(value)


@dataclass(frozen=True)
class Located:
    """Where one person stands: the probability of each group, 0..1, and a place of the map, 0..1."""

    chances: tuple[float, ...]
    x: float
    y: float


def locate(
    votes: Sequence[int],
    counts: Sequence[Sequence[Sequence[int]]],
    sizes: Sequence[int],
    loadings: Sequence[Sequence[float]],
    drawn: Mapping[str, Any],
) -> Located:
    """Place one person among groups, from what a snapshot keeps of them. Nothing is stored.

    :param votes: (n_ideas,) 1, 0 or -1, of the person; the others are in this order too
    :param counts: (n_groups, n_ideas, 3) votes that agree, disagree and pass; `sizes` (n_groups,) people
    :param loadings: (n_ideas, 3) of `OpinionScore.loadings`; `drawn` is `OpinionSnapshot.map`
    """
    import numpy as np

    from nlp.opinion.cells import cells_of
    from nlp.opinion.lowrank import Positions
    from nlp.opinion.placing import group_chances, place_on_map

    cells = cells_of(np.array([votes], dtype=np.float64))
    chances = group_chances(cells, np.array(counts, dtype=np.float64), np.array(sizes, dtype=np.float64))[0]
    axes, scale = np.array(loadings, dtype=np.float64), np.array(drawn["scale"], dtype=np.float64)
    nobody = np.zeros((0, len(scale)))
    positions = Positions(nobody, axes[:, :2], axes[:, 2], float(drawn["noise"]), scale)
    place = place_on_map(positions, np.array(drawn["edges"]), cells)[0]
    return Located(tuple(float(chance) for chance in chances), float(place[0]), float(place[1]))


@dataclass(frozen=True)
class FileStatement:
    """A statement of a file. Common ground in per cent, with its 90 % interval."""

    number: str
    score: float
    low: float
    high: float


@dataclass(frozen=True)
class FileGround:
    """Groups and common ground of votes in a file.

    :param sizes: people in each group, the largest first
    :param statements: those with a score, the most common ground first
    """

    n_people: int
    n_ideas: int
    sizes: tuple[int, ...]
    statements: tuple[FileStatement, ...]


def ground_of_file(votes: Path, comments: Path) -> FileGround:
    """Return what `python -m nlp opinion` finds in votes that were cast elsewhere. Nothing is stored.

    :param votes: Polis' `participants-votes.csv`; `comments` its `comments.csv`
    :raise InvalidInput: a file cannot be read, or is not in Polis' format
    """
    import numpy as np

    from nlp.evaluation.files import InputError
    from nlp.opinion.command import score
    from nlp.opinion.groups import OpinionGroups
    from nlp.opinion.votes import read_votes

    try:
        table = read_votes(votes, comments)
    except InputError as error:
        raise InvalidInput(str(error)) from error
    labels = OpinionGroups(random_state=SEED).fit_cells(table.cells).labels_
    ground = score(table.cells, labels, SEED).ground
    known = [n for n in np.argsort(-ground.order_score, kind="stable").tolist() if not math.isnan(ground.score[n])]
    return FileGround(
        n_people=len(table.people),
        n_ideas=len(table.ideas),
        sizes=tuple(sorted(np.bincount(labels[labels >= 0]).tolist(), reverse=True)),
        statements=tuple(
            FileStatement(table.ideas[n], float(ground.score[n]), float(ground.low[n]), float(ground.high[n]))
            for n in known
        ),
    )
