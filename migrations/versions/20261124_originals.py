"""originals: the text as typed, stored separately from the public text

Why: phone numbers, mail addresses and the like in a post are masked before it is stored. Its author can still read the
text as typed.
What happens to existing rows: nothing here. `flask ideas mask` masks older texts and stores their originals.
Runs both ways. Downgrading replaces masked texts by the typed ones, since the older code could not show them otherwise.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_originals"
down_revision = "20261124_kept_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idea_original",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_original_idea_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("idea_id", name=op.f("pk_idea_original")),
    )
    op.create_table(
        "comment_original",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_comment_original_comment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment_original")),
    )


def downgrade() -> None:
    for thing, names in (("idea", ("title", "body")), ("comment", ("body",))):
        for name in names:
            original = f"(SELECT o.{name} FROM {thing}_original o WHERE o.{thing}_id = {thing}.id)"
            is_kept = f"EXISTS (SELECT 1 FROM {thing}_original o WHERE o.{thing}_id = {thing}.id)"
            op.execute(f"UPDATE {thing} SET {name} = {original} WHERE {is_kept}")
        op.drop_table(f"{thing}_original")
