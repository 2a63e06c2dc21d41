"""invariants that the database enforces for every writer

Why: a check in a service holds only for callers of that service. These hold for everybody:
- a vote is only for an open idea, at a time when its campaign's voting phase is open;
- a merged idea points to an unmerged one of its own campaign, and no idea points to a merged one: no chains, no
  circles;
- a finished run never changes, with its clusters, members and unthemed ideas (which run is current may change), and it
  is finished only when it contains every idea that it counts exactly once;
- a published digest and its files never change;
- a role grant is history: it is ended once, and neither edited nor deleted.
Cost for a vote, measured on PostgreSQL: below the difference between two rounds of the same benchmark (720 and 723 µs a
vote with and without).
What happens to existing rows: nothing; only later writes are checked.
Runs both ways.
"""

from __future__ import annotations

from alembic import op

revision = "20261124_invariants"
down_revision = "20261124_guardian_consent"
branch_labels = None
depends_on = None

OPEN_NOW = """SELECT 1 FROM idea JOIN phase ON phase.campaign_id = idea.campaign_id AND phase.kind = 'VOTING'
                WHERE idea.id = new.idea_id AND idea.state = 'OPEN' AND phase.opens_at <= new.cast_at
                  AND (phase.closes_at IS NULL OR new.cast_at < phase.closes_at)"""
LAWFUL_TARGET = """SELECT 1 FROM idea AS target WHERE target.id = new.merged_into_id
                     AND target.campaign_id = new.campaign_id AND target.state <> 'MERGED'"""
FOLLOWERS = "SELECT 1 FROM idea AS follower WHERE follower.merged_into_id = new.id"
PARTS = ("cluster", "cluster_member", "unthemed_idea")
WRONG_COUNT = """(SELECT count(*) FROM cluster_member WHERE run_id = new.id AND is_main) <> new.n_themed
                 OR (SELECT count(*) FROM unthemed_idea WHERE run_id = new.id) <> new.n_ideas - new.n_themed"""
FIXED_IN_RUN = (
    "id",
    "campaign_id",
    "job_id",
    "state",
    "n_ideas",
    "n_themed",
    "data_cut_at",
    "started_at",
    "finished_at",
)
FIXED_IN_GRANT = ("id", "account_id", "role", "ministry_id", "council_seat", "granted_by_id", "granted_at")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in on_sqlite():
            op.execute(statement)
    else:
        for statement in on_postgres():
            op.execute(statement)


def on_sqlite() -> list[str]:
    def trigger(name: str, moment: str, condition: str, message: str) -> str:
        return f"CREATE TRIGGER {name} BEFORE {moment} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"

    statements = []
    for act in ("INSERT", "UPDATE"):
        name = f"vote_is_lawful_{act.lower()}"
        statements.append(trigger(name, f"{act} ON vote", f"NOT EXISTS ({OPEN_NOW})", "not open to votes"))
    unlawful = f"new.merged_into_id IS NOT NULL AND (NOT EXISTS ({LAWFUL_TARGET}) OR EXISTS ({FOLLOWERS}))"
    for act, moment in (("insert", "INSERT"), ("update", "UPDATE OF state, merged_into_id, campaign_id")):
        statements.append(trigger(f"idea_merge_{act}", f"{moment} ON idea", unlawful, "not a lawful merge"))
    for table in PARTS:
        for act, row in (("INSERT", "new"), ("UPDATE", "old"), ("DELETE", "old")):
            finished = f"(SELECT state FROM theme_run WHERE id = {row}.run_id) = 'FINISHED'"
            statements.append(
                trigger(f"{table}_run_{act.lower()}", f"{act} ON {table}", finished, "the run is finished")
            )
    statements += [
        trigger("theme_run_whole", "UPDATE OF state ON theme_run", f"new.state = 'FINISHED' AND ({WRONG_COUNT})",
                "not every idea is in the run once"),
        trigger("theme_run_fixed", f"UPDATE OF {', '.join(FIXED_IN_RUN)} ON theme_run",
                f"old.state = 'FINISHED' AND ({_differs(FIXED_IN_RUN, 'IS NOT')})", "the run is finished"),
        trigger("theme_run_kept", "DELETE ON theme_run", "old.state = 'FINISHED'", "the run is finished"),
        trigger("role_grant_kept", "DELETE ON role_grant", "1", "role_grant is history"),
        trigger("role_grant_fixed", "UPDATE ON role_grant",
                f"old.revoked_at IS NOT NULL OR {_differs(FIXED_IN_GRANT, 'IS NOT')}", "role_grant is history"),
    ]  # fmt: skip
    for act in ("UPDATE", "DELETE"):
        published = "(SELECT state FROM digest WHERE id = old.digest_id) = 'PUBLISHED'"
        statements += [
            trigger(f"digest_published_{act.lower()}", f"{act} ON digest", "old.state = 'PUBLISHED'", "published"),
            trigger(f"digest_file_published_{act.lower()}", f"{act} ON digest_file", published, "published"),
        ]
    return statements


def on_postgres() -> list[str]:
    def function(name: str, condition: str, message: str, row: str = "new") -> str:
        """Create a trigger function that refuses with `message` if `condition` holds."""
        return f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                     IF {condition} THEN
                       RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
                     END IF;
                     RETURN {row}; END $$"""

    def trigger(name: str, moment: str, does: str, condition: str = "true", each: str = "ROW") -> str:
        when = "" if condition == "true" else f"WHEN ({condition})"
        return f"CREATE TRIGGER {name} {moment} FOR EACH {each} {when} EXECUTE FUNCTION {does}()"

    fixed_run, fixed_grant = _differs(FIXED_IN_RUN, "IS DISTINCT FROM"), _differs(FIXED_IN_GRANT, "IS DISTINCT FROM")
    statements = [
        # The idea's row stays locked in share mode until the vote commits, so that no withdrawal happens meanwhile.
        function("refuse_unlawful_vote", f"NOT EXISTS ({OPEN_NOW} FOR SHARE OF idea)", "not open to votes"),
        trigger("vote_is_lawful", "BEFORE INSERT OR UPDATE ON vote", "refuse_unlawful_vote"),
        function("refuse_unlawful_merge", f"NOT EXISTS ({LAWFUL_TARGET} FOR SHARE) OR EXISTS ({FOLLOWERS})",
                 "not a lawful merge"),
        trigger("idea_merge", "BEFORE INSERT OR UPDATE OF state, merged_into_id, campaign_id ON idea",
                "refuse_unlawful_merge", "new.merged_into_id IS NOT NULL"),
        function("refuse_broken_run", WRONG_COUNT, "not every idea is in the run once"),
        trigger("theme_run_whole", "BEFORE UPDATE OF state ON theme_run", "refuse_broken_run",
                "new.state = 'FINISHED' AND old.state <> 'FINISHED'"),
        trigger("theme_run_fixed", "BEFORE UPDATE ON theme_run", "refuse_change",
                f"old.state = 'FINISHED' AND ({fixed_run})"),
        trigger("theme_run_kept", "BEFORE DELETE ON theme_run", "refuse_change", "old.state = 'FINISHED'"),
        trigger("role_grant_kept", "BEFORE DELETE ON role_grant", "refuse_change"),
        trigger("role_grant_fixed", "BEFORE UPDATE ON role_grant", "refuse_change",
                f"old.revoked_at IS NOT NULL OR {fixed_grant}"),
        trigger("digest_published", "BEFORE UPDATE OR DELETE ON digest", "refuse_change", "old.state = 'PUBLISHED'"),
        function("refuse_published_file", "(SELECT state FROM digest WHERE id = old.digest_id) = 'PUBLISHED'",
                 "digest_file is published", "coalesce(new, old)"),
        trigger("digest_file_published", "BEFORE UPDATE OR DELETE ON digest_file", "refuse_published_file"),
    ]  # fmt: skip
    # Once per statement, not per row: an analysis writes hundreds of thousands of members.
    statements.append(
        function("refuse_finished_run", """EXISTS (SELECT 1 FROM theme_run WHERE state = 'FINISHED'
                   AND id IN (SELECT run_id FROM touched))""", "the run is finished", "NULL")
    )  # fmt: skip
    for table in PARTS:
        for act, rows in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
            moment = f"AFTER {act} ON {table} REFERENCING {rows} TABLE AS touched"
            statements.append(trigger(f"{table}_run_{act.lower()}", moment, "refuse_finished_run", each="STATEMENT"))
    return statements


def _differs(columns: tuple[str, ...], how: str) -> str:
    return " OR ".join(f"new.{column} {how} old.{column}" for column in columns)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in on_sqlite():
            op.execute(f"DROP TRIGGER {statement.split()[2]}")
        return
    for statement in reversed(on_postgres()):
        words = statement.split()
        if words[1] == "TRIGGER":
            op.execute(f"DROP TRIGGER {words[2]} ON {words[words.index('ON') + 1]}")
        else:
            op.execute(f"DROP FUNCTION {words[2]}")
