"""What the figure that counts costs: `python -m tests.benchmarks.outcomes [--ideas 100000] [--votes-each 10]`.

A forum is made on PostgreSQL by a few statements: a fifth of its ideas are near-copies of earlier ones, and 100 letters
of 50 ideas are answered. Printed are the milliseconds of the two statements of `outcome_shares`, of the page's list, of
what people say of the kept ones and of the recount; and as a measure of the machine a bare count of all votes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from statistics import median

import sqlalchemy as sa

from forum.administration.operations.outcomes import recount
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.publication.outcomes.queries import arguments_page, kept_as_rated, outcome_shares
from forum.voice.ideas.models import Idea
from tests.benchmarks import serving
from tests.factories import Factories

PEOPLE, LETTERS, IDEAS_PER_LETTER, TIMES = 500, 100, 50, 5
STATEMENTS = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL session_replication_role = replica",  # without triggers, which look at each row
    """INSERT INTO idea (id, campaign_id, author_id, title, body, state, revision, search_tokens, search_tokens_version,
           created_at, updated_at)
       SELECT :idea + n, :campaign, :person + 1 + n % :people, 'idea ' || n, 'text', 'OPEN', 1, '', 0, now(), now()
       FROM generate_series(1, :ideas) AS n""",
    """INSERT INTO vote (idea_id, participant_id, value, cast_at)
       SELECT :idea + n, :person + 1 + (n * 7919 + k * 104729) % :people, (n * k) % 3 - 1, now()
       FROM generate_series(1, :ideas) AS n, generate_series(1, :votes) AS k ON CONFLICT DO NOTHING""",
    """INSERT INTO idea_tally (idea_id, agree, disagree, pass, comments)
       SELECT idea.id, count(*) FILTER (WHERE value = 1), count(*) FILTER (WHERE value = -1),
           count(*) FILTER (WHERE value = 0), 0
       FROM idea LEFT JOIN vote ON vote.idea_id = idea.id WHERE idea.id > :idea GROUP BY idea.id""",
    """INSERT INTO theme_run (id, campaign_id, attempt, state, is_current, parameters, versions, n_ideas, n_themed,
           n_with_vectors, encoder, quality, subjects, data_cut_at, started_at, without_analysis)
       VALUES (:run, :campaign, 1, 'BUILDING', false, '{}', '{}', :ideas, :ideas, 0, '', '{}', '[]', now(), now(),
           false)""",
    """INSERT INTO cluster (id, run_id, number, title, weak_title, keywords, size, copies, cohesion, people, arguments,
           agreed, divided)
       VALUES (:run, :run, 1, 'all', false, '[]', :ideas, 0, 0, 0, 0, '[]', '[]')""",
    """INSERT INTO cluster_member (run_id, cluster_id, idea_id, is_main, score, rank, is_representative, copy_of_id)
       SELECT :run, :run, :idea + n, true, 0.9, n, false, CASE WHEN n % 5 = 0 THEN :idea + 1 + n % 4000 END
       FROM generate_series(1, :ideas) AS n""",
    "UPDATE theme_run SET state = 'FINISHED', is_current = true, finished_at = now() WHERE id = :run",
    "SELECT setval('idea_id_seq', :idea + :ideas)",
)


def fill(n_ideas: int, votes_each: int) -> int:
    """Make the forum. :return: the campaign's id"""
    make = Factories()
    campaign = make.campaign()
    person = min(make.citizen().participant.id for _ in range(PEOPLE)) - 1  # their numbers follow one another
    make.idea(campaign)
    first = db.session.scalar(sa.select(sa.func.max(Idea.id))) or 0
    numbers = {"campaign": campaign.id, "idea": first, "ideas": n_ideas, "person": person, "people": PEOPLE}
    for statement in STATEMENTS:
        db.session.execute(sa.text(statement), numbers | {"votes": votes_each, "run": 1_000_000})
    db.session.commit()
    for letter in range(LETTERS):
        ids = [first + 1 + (letter * IDEAS_PER_LETTER + n) * 7 % n_ideas for n in range(IDEAS_PER_LETTER)]
        ideas = list(db.session.scalars(sa.select(Idea).where(Idea.id.in_(ids)).order_by(Idea.id)))
        answer = make.answer(make.referral(make.theme(campaign, ideas, state=ThemeState.APPROVED)))
        done = {"is_closed": True, "percent_done": 100, "finished_on": clock.today()} if letter % 3 == 0 else {}
        make.milestone(answer, **done)
    db.session.commit()
    return campaign.id


def milliseconds(call: Callable[[], object], times: int = TIMES) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        found.append(1_000 * (time.perf_counter() - began))
    return round(median(found), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--ideas", type=int, default=100_000)
    parser.add_argument("--votes-each", type=int, default=10)
    options = parser.parse_args()
    with serving.database() as base, serving.forum(base.url) as app:
        base.prepare(app)
        campaign_id = fill(options.ideas, options.votes_each)
        serving.analyse_tables(base.url)
        n_votes = db.session.scalar(sa.text("SELECT count(*) FROM vote"))
        bare = milliseconds(lambda: db.session.execute(sa.text("SELECT count(*) FROM vote")).scalar())
        shares = milliseconds(lambda: outcome_shares([campaign_id]))
        said = {"ideas": options.ideas, "votes": n_votes, "count_of_votes_ms": bare, "shares_ms": shares}
        said["ratio"] = round(shares / bare, 1) if bare else None
        said["rated_ms"] = milliseconds(lambda: kept_as_rated([campaign_id]))
        said["list_ms"] = milliseconds(lambda: arguments_page(campaign_id, True, 1))
        said["recount_ms"] = milliseconds(lambda: recount(campaign_id), 1)
        said["is_equal"] = outcome_shares([campaign_id])[campaign_id] == recount(campaign_id)
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
