"""initial schema: every table from idea to digest

Why: the first migration. It already separates Participant from Account, VoteEvent from Vote and Cluster from Theme, and
has Job, OutboxMail and idea_tally, so that no later migration has to move people's votes.
What happens to existing rows: there are none.
Runs both ways. Triggers and the full-text index are written by hand for each engine.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_spine"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = ("audit_entry", "vote_event")

SQLITE_FULL_TEXT = (
    """CREATE VIRTUAL TABLE idea_fts USING fts5(tokens, tokenize = "unicode61 remove_diacritics 0")""",
    """CREATE TRIGGER idea_fts_insert AFTER INSERT ON idea BEGIN
         INSERT INTO idea_fts (rowid, tokens) VALUES (new.id, new.search_tokens); END""",
    """CREATE TRIGGER idea_fts_update AFTER UPDATE OF search_tokens ON idea BEGIN
         UPDATE idea_fts SET tokens = new.search_tokens WHERE rowid = new.id; END""",
    """CREATE TRIGGER idea_fts_delete AFTER DELETE ON idea BEGIN
         DELETE FROM idea_fts WHERE rowid = old.id; END""",
)
POSTGRES_FULL_TEXT = (
    """CREATE INDEX ix_idea_search ON idea USING gin
         (array_to_tsvector(array_remove(string_to_array(search_tokens, ' '), '')))""",
)


def upgrade() -> None:
    create_tables()
    if op.get_bind().dialect.name == "sqlite":
        guard_on_sqlite()
    else:
        guard_on_postgres()


def guard_on_sqlite() -> None:
    for statement in SQLITE_FULL_TEXT:
        op.execute(statement)
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"""CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN
                      SELECT RAISE(ABORT, '{table} is append-only'); END"""
            )
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"""CREATE TRIGGER answer_published_no_{act.lower()} BEFORE {act} ON answer
                  WHEN old.published_at IS NOT NULL BEGIN
                  SELECT RAISE(ABORT, 'a published answer is never changed'); END"""
        )


def guard_on_postgres() -> None:
    for statement in POSTGRES_FULL_TEXT:
        op.execute(statement)
    op.execute(
        """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
             END $$"""
    )
    for table in APPEND_ONLY:
        op.execute(
            f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                  FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
        )
        op.execute(
            f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
                  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
        )
    op.execute(
        """CREATE TRIGGER answer_published BEFORE UPDATE OR DELETE ON answer FOR EACH ROW
             WHEN (old.published_at IS NOT NULL) EXECUTE FUNCTION refuse_change()"""
    )


def create_tables() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("display_name", sa.String(length=30), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True),
        sa.Column("region_code", sa.String(length=2), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "birth_year IS NULL OR birth_year BETWEEN 1900 AND 2100", name=op.f("ck_account_birth_year_is_a_year")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email_key", name=op.f("uq_account_email_key")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_account_fs_uniquifier")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("FORUM", "EVERYDAY", name="campaign_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("slug <> '' AND title <> ''", name=op.f("ck_campaign_has_a_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaign_slug")),
    )
    op.create_table(
        "ministry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "MINISTRY",
                "OFFICE",
                "AGENCY",
                "COMMISSION",
                "LOCAL",
                name="ministry_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("duties", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ministry")),
        sa.UniqueConstraint("code", name=op.f("uq_ministry_code")),
        sa.UniqueConstraint("name", name=op.f("uq_ministry_name")),
    )
    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_key", sa.String(length=128), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "WAITING", "SENT", "FAILED", name="mail_state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'SENT') = (sent_at IS NOT NULL)", name=op.f("ck_outbox_mail_sent_has_a_time")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
        sa.UniqueConstraint("message_key", name=op.f("uq_outbox_mail_message_key")),
    )
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_mail_state_next_attempt_at"), ["state", "next_attempt_at"], unique=False
        )

    op.create_table(
        "worker_beat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_beat")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column(
            "actor_role",
            sa.Enum(
                "ANONYMOUS",
                "CITIZEN",
                "FACILITATOR",
                "ANALYST",
                "MINISTRY_OFFICER",
                "COUNCIL_MEMBER",
                "ADMIN",
                "SYSTEM",
                name="audit_actor_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject_type", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.CheckConstraint("actor_id IS NOT NULL OR actor_role = 'SYSTEM'", name=op.f("ck_audit_entry_has_an_actor")),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_audit_entry_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_audit_entry_subject_type_subject_id"), ["subject_type", "subject_id"], unique=False
        )

    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("dedupe_key", sa.String(length=128), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "QUEUED",
                "RUNNING",
                "DONE",
                "FAILED",
                "CANCELLED",
                name="job_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('DONE', 'FAILED', 'CANCELLED')) = (finished_at IS NOT NULL)",
            name=op.f("ck_job_ended_has_finish"),
        ),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_job_progress_is_a_share")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["account.id"], name=op.f("fk_job_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_state_heartbeat_at"), ["state", "heartbeat_at"], unique=False)
        batch_op.create_index(
            "uq_job_open_dedupe",
            ["kind", "dedupe_key"],
            unique=True,
            sqlite_where=sa.text("state IN ('QUEUED', 'RUNNING')"),
            postgresql_where=sa.text("state IN ('QUEUED', 'RUNNING')"),
        )

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("path LIKE '/%'", name=op.f("ck_notice_path_is_on_this_site")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_account_id_read_at"), ["account_id", "read_at"], unique=False)

    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("account_id IS NOT NULL", name=op.f("ck_participant_is_exactly_one_person")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_participant_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("account_id", name=op.f("uq_participant_account_id")),
    )
    op.create_table(
        "phase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "PROPOSING",
                "VOTING",
                "REVIEW",
                "REFERRAL",
                "ANSWER",
                name="phase_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("closes_at IS NULL OR closes_at > opens_at", name=op.f("ck_phase_closes_after_it_opens")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_phase_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase")),
        sa.UniqueConstraint("campaign_id", "kind", name=op.f("uq_phase_campaign_id_kind")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "ANONYMOUS",
                "CITIZEN",
                "FACILITATOR",
                "ANALYST",
                "MINISTRY_OFFICER",
                "COUNCIL_MEMBER",
                "ADMIN",
                "SYSTEM",
                name="granted_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("ministry_id", sa.Integer(), nullable=True),
        sa.Column(
            "council_seat",
            sa.Enum("CIVIL", "GOVERNMENT", name="council_seat", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role = 'COUNCIL_MEMBER') = (council_seat IS NOT NULL)", name=op.f("ck_role_grant_member_has_a_seat")
        ),
        sa.CheckConstraint(
            "(role = 'MINISTRY_OFFICER') = (ministry_id IS NOT NULL)", name=op.f("ck_role_grant_officer_has_a_ministry")
        ),
        sa.CheckConstraint(
            "role NOT IN ('ANONYMOUS', 'CITIZEN', 'SYSTEM')", name=op.f("ck_role_grant_role_can_be_granted")
        ),
        sa.CheckConstraint(
            "granted_by_id IS NULL OR granted_by_id <> account_id", name=op.f("ck_role_grant_never_to_oneself")
        ),
        sa.CheckConstraint(
            "revoked_at IS NULL OR revoked_at >= granted_at", name=op.f("ck_role_grant_revoked_after_granted")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_role_grant_account_id")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["account.id"], name=op.f("fk_role_grant_granted_by_id")),
        sa.ForeignKeyConstraint(["ministry_id"], ["ministry.id"], name=op.f("fk_role_grant_ministry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index(
            "uq_role_grant_in_force",
            ["account_id"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )

    op.create_table(
        "idea",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "sector",
            sa.Enum(
                "TRANSITION",
                "INDUSTRY",
                "BUILDING",
                "TRANSPORT",
                "AGRICULTURE",
                "WASTE",
                "SINK",
                "ADAPTATION",
                "EDUCATION",
                name="idea_sector",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("region_code", sa.String(length=2), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "OPEN", "WITHDRAWN", "MERGED", name="idea_state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("imported_agree_count", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("search_tokens", sa.Text(), nullable=False),
        sa.Column("search_tokens_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'MERGED') = (merged_into_id IS NOT NULL)", name=op.f("ck_idea_merged_idea_has_target")
        ),
        sa.CheckConstraint("body <> '' OR external_id IS NOT NULL", name=op.f("ck_idea_has_a_body_unless_imported")),
        sa.CheckConstraint("title <> ''", name=op.f("ck_idea_has_a_title")),
        sa.CheckConstraint(
            "author_id IS NOT NULL OR external_id IS NOT NULL", name=op.f("ck_idea_is_written_or_imported")
        ),
        sa.CheckConstraint(
            "merged_into_id IS NULL OR merged_into_id <> id", name=op.f("ck_idea_never_merged_into_itself")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_idea_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_idea_author_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_idea_campaign_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["idea.id"], name=op.f("fk_idea_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea")),
        sa.UniqueConstraint("campaign_id", "external_id", name=op.f("uq_idea_campaign_id_external_id")),
        sa.UniqueConstraint("id", "campaign_id", name=op.f("uq_idea_id_campaign_id")),
    )
    with op.batch_alter_table("idea", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idea_author_id"), ["author_id"], unique=False)
        batch_op.create_index("ix_idea_newest", ["campaign_id", "state", "created_at", "id"], unique=False)

    op.create_table(
        "theme_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "BUILDING", "FINISHED", "FAILED", name="run_state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("n_ideas", sa.Integer(), nullable=False),
        sa.Column("n_themed", sa.Integer(), nullable=False),
        sa.Column("data_cut_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'BUILDING') = (finished_at IS NULL)", name=op.f("ck_theme_run_ended_has_finish")),
        sa.CheckConstraint("NOT is_current OR state = 'FINISHED'", name=op.f("ck_theme_run_current_is_finished")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_theme_run_campaign_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_theme_run_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_run")),
        sa.UniqueConstraint("id", "campaign_id", name=op.f("uq_theme_run_id_campaign_id")),
    )
    with op.batch_alter_table("theme_run", schema=None) as batch_op:
        batch_op.create_index(
            "uq_theme_run_current",
            ["campaign_id"],
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )

    op.create_table(
        "cluster",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("cohesion", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["theme_run.id"], name=op.f("fk_cluster_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster")),
        sa.UniqueConstraint("id", "run_id", name=op.f("uq_cluster_id_run_id")),
        sa.UniqueConstraint("run_id", "number", name=op.f("uq_cluster_run_id_number")),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("body <> ''", name=op.f("ck_comment_says_something")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_comment_author_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_comment_idea_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comment_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_comment_idea_id_id"), ["idea_id", "id"], unique=False)

    op.create_table(
        "digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "BUILDING",
                "PUBLISHED",
                "FAILED",
                name="digest_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("data_cut_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("built_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'PUBLISHED') = (published_at IS NOT NULL)", name=op.f("ck_digest_published_has_a_time")
        ),
        sa.ForeignKeyConstraint(["built_by_id"], ["account.id"], name=op.f("fk_digest_built_by_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_digest_campaign"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_digest_job_id")),
        sa.ForeignKeyConstraint(
            ["run_id", "campaign_id"], ["theme_run.id", "theme_run.campaign_id"], name="fk_digest_run_of_campaign"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("id", "run_id", name=op.f("uq_digest_id_run_id")),
    )
    op.create_table(
        "idea_revision",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "sector",
            sa.Enum(
                "TRANSITION",
                "INDUSTRY",
                "BUILDING",
                "TRANSPORT",
                "AGRICULTURE",
                "WASTE",
                "SINK",
                "ADAPTATION",
                "EDUCATION",
                name="idea_revision_sector",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_revision_idea_id")),
        sa.PrimaryKeyConstraint("idea_id", "number", name=op.f("pk_idea_revision")),
    )
    op.create_table(
        "idea_tally",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("agree", sa.Integer(), nullable=False),
        sa.Column("disagree", sa.Integer(), nullable=False),
        sa.Column("pass", sa.Integer(), nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            'agree >= 0 AND disagree >= 0 AND "pass" >= 0 AND comments >= 0', name=op.f("ck_idea_tally_never_negative")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_tally_idea_id")),
        sa.PrimaryKeyConstraint("idea_id", name=op.f("pk_idea_tally")),
    )
    op.create_table(
        "unthemed_idea",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "NO_TEXT",
                "BAD_TEXT",
                "NO_KNOWN_WORD",
                "TOO_FEW_FELLOWS",
                name="unthemed_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("has_body", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_unthemed_idea_idea_id")),
        sa.ForeignKeyConstraint(["run_id"], ["theme_run.id"], name=op.f("fk_unthemed_idea_run_id")),
        sa.PrimaryKeyConstraint("run_id", "idea_id", name=op.f("pk_unthemed_idea")),
    )
    with op.batch_alter_table("unthemed_idea", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unthemed_idea_idea_id"), ["idea_id"], unique=False)

    op.create_table(
        "vote",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("cast_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("value IN (-1, 0, 1)", name=op.f("ck_vote_value_is_known")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_vote_idea_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_vote_participant_id")),
        sa.PrimaryKeyConstraint("idea_id", "participant_id", name=op.f("pk_vote")),
    )
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vote_participant_id"), ["participant_id"], unique=False)

    op.create_table(
        "vote_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("value IS NULL OR value IN (-1, 0, 1)", name=op.f("ck_vote_event_value_is_known")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_vote_event_idea_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_vote_event_participant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote_event")),
    )
    with op.batch_alter_table("vote_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vote_event_idea_id"), ["idea_id"], unique=False)

    op.create_table(
        "cluster_member",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("is_representative", sa.Boolean(), nullable=False),
        sa.Column("copy_of_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_cluster_member_score_is_a_share")),
        sa.ForeignKeyConstraint(["cluster_id", "run_id"], ["cluster.id", "cluster.run_id"], name="fk_member_of_run"),
        sa.ForeignKeyConstraint(["copy_of_id"], ["idea.id"], name=op.f("fk_cluster_member_copy_of_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_cluster_member_idea_id")),
        sa.PrimaryKeyConstraint("run_id", "cluster_id", "idea_id", name=op.f("pk_cluster_member")),
    )
    with op.batch_alter_table("cluster_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cluster_member_idea_id"), ["idea_id"], unique=False)
        batch_op.create_index(
            "uq_cluster_member_main",
            ["run_id", "idea_id"],
            unique=True,
            sqlite_where=sa.text("is_main"),
            postgresql_where=sa.text("is_main"),
        )

    op.create_table(
        "digest_file",
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_digest_file_has_a_sha256")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_digest_file_is_not_empty")),
        sa.ForeignKeyConstraint(["digest_id", "run_id"], ["digest.id", "digest.run_id"], name="fk_digest_file_digest"),
        sa.PrimaryKeyConstraint("digest_id", "format", name=op.f("pk_digest_file")),
    )
    op.create_table(
        "theme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "APPROVED",
                "REJECTED",
                name="theme_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'APPROVED' OR (title <> '' AND decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_theme_approved_has_title_and_approver"),
        ),
        sa.CheckConstraint("state <> 'REJECTED' OR decision_reason <> ''", name=op.f("ck_theme_rejected_has_reason")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_theme_campaign_id")),
        sa.ForeignKeyConstraint(["cluster_id", "run_id"], ["cluster.id", "cluster.run_id"], name="fk_theme_cluster"),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_theme_created_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_theme_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["run_id", "campaign_id"], ["theme_run.id", "theme_run.campaign_id"], name="fk_theme_run_of_campaign"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["theme_run.id"], name=op.f("fk_theme_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
        sa.UniqueConstraint("cluster_id", name=op.f("uq_theme_cluster_id")),
        sa.UniqueConstraint("id", "campaign_id", name=op.f("uq_theme_id_campaign_id")),
    )
    op.create_table(
        "referral",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.CheckConstraint("due_on >= sent_on", name=op.f("ck_referral_due_not_before_sent")),
        sa.ForeignKeyConstraint(["run_id"], ["theme_run.id"], name=op.f("fk_referral_run_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["account.id"], name=op.f("fk_referral_sent_by_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_referral_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_referral_year_number")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_theme_id"), ["theme_id"], unique=False)

    op.create_table(
        "theme_idea",
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("MACHINE", "HUMAN", name="member_source", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["idea_id", "campaign_id"], ["idea.id", "idea.campaign_id"], name="fk_theme_idea_idea"),
        sa.ForeignKeyConstraint(
            ["theme_id", "campaign_id"], ["theme.id", "theme.campaign_id"], name="fk_theme_idea_theme"
        ),
        sa.PrimaryKeyConstraint("theme_id", "idea_id", name=op.f("pk_theme_idea")),
    )
    with op.batch_alter_table("theme_idea", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_theme_idea_idea_id"), ["idea_id"], unique=False)

    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "ACCEPTED",
                "PARTLY",
                "ALREADY",
                "LATER",
                "DECLINED",
                name="answer_decision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_answer_has_a_reason")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_answer_version_counts_from_one")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_answer_author_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_answer_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("referral_id", "version", name=op.f("uq_answer_referral_id_version")),
    )
    op.create_table(
        "referral_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("ministry_id", sa.Integer(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "SENT",
                "ACKNOWLEDGED",
                "ANSWERED",
                name="part_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state <> 'ACKNOWLEDGED' OR acknowledged_at IS NOT NULL",
            name=op.f("ck_referral_part_acknowledged_has_a_time"),
        ),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)",
            name=op.f("ck_referral_part_acknowledged_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["account.id"], name=op.f("fk_referral_part_acknowledged_by_id")
        ),
        sa.ForeignKeyConstraint(["ministry_id"], ["ministry.id"], name=op.f("fk_referral_part_ministry_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_part_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_part")),
        sa.UniqueConstraint("referral_id", "ministry_id", name=op.f("uq_referral_part_referral_id_ministry_id")),
    )
    with op.batch_alter_table("referral_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_part_ministry_id"), ["ministry_id"], unique=False)
        batch_op.create_index(
            "uq_referral_part_lead",
            ["referral_id"],
            unique=True,
            sqlite_where=sa.text("is_lead"),
            postgresql_where=sa.text("is_lead"),
        )

    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("percent_done", sa.SmallInteger(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("finished_on", sa.Date(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_milestone_has_a_title")),
        sa.CheckConstraint("is_closed = (finished_on IS NOT NULL)", name=op.f("ck_milestone_closed_has_finish")),
        sa.CheckConstraint("percent_done BETWEEN 0 AND 100", name=op.f("ck_milestone_percent_is_0_to_100")),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_milestone_answer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
    )
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_milestone_answer_id"), ["answer_id"], unique=False)


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    if not postgres:  # triggers are dropped with their table, the full-text table is not
        op.execute("DROP TABLE idea_fts")
    drop_tables()
    if postgres:
        op.execute("DROP FUNCTION refuse_change()")


def drop_tables() -> None:
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_milestone_answer_id"))

    op.drop_table("milestone")
    with op.batch_alter_table("referral_part", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_referral_part_lead", sqlite_where=sa.text("is_lead"), postgresql_where=sa.text("is_lead")
        )
        batch_op.drop_index(batch_op.f("ix_referral_part_ministry_id"))

    op.drop_table("referral_part")
    op.drop_table("answer")
    with op.batch_alter_table("theme_idea", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_theme_idea_idea_id"))

    op.drop_table("theme_idea")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_theme_id"))

    op.drop_table("referral")
    op.drop_table("theme")
    op.drop_table("digest_file")
    with op.batch_alter_table("cluster_member", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_cluster_member_main", sqlite_where=sa.text("is_main"), postgresql_where=sa.text("is_main")
        )
        batch_op.drop_index(batch_op.f("ix_cluster_member_idea_id"))

    op.drop_table("cluster_member")
    with op.batch_alter_table("vote_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vote_event_idea_id"))

    op.drop_table("vote_event")
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vote_participant_id"))

    op.drop_table("vote")
    with op.batch_alter_table("unthemed_idea", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unthemed_idea_idea_id"))

    op.drop_table("unthemed_idea")
    op.drop_table("idea_tally")
    op.drop_table("idea_revision")
    op.drop_table("digest")
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comment_idea_id_id"))
        batch_op.drop_index(batch_op.f("ix_comment_author_id"))

    op.drop_table("comment")
    op.drop_table("cluster")
    with op.batch_alter_table("theme_run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_theme_run_current", sqlite_where=sa.text("is_current"), postgresql_where=sa.text("is_current")
        )

    op.drop_table("theme_run")
    with op.batch_alter_table("idea", schema=None) as batch_op:
        batch_op.drop_index("ix_idea_newest")
        batch_op.drop_index(batch_op.f("ix_idea_author_id"))

    op.drop_table("idea")
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_role_grant_in_force",
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )

    op.drop_table("role_grant")
    op.drop_table("phase")
    op.drop_table("participant")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_account_id_read_at"))

    op.drop_table("notice")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_job_open_dedupe",
            sqlite_where=sa.text("state IN ('QUEUED', 'RUNNING')"),
            postgresql_where=sa.text("state IN ('QUEUED', 'RUNNING')"),
        )
        batch_op.drop_index(batch_op.f("ix_job_state_heartbeat_at"))

    op.drop_table("job")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_subject_type_subject_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))

    op.drop_table("audit_entry")
    op.drop_table("worker_beat")
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_mail_state_next_attempt_at"))

    op.drop_table("outbox_mail")
    op.drop_table("ministry")
    op.drop_table("campaign")
    op.drop_table("account")
