"""Roles of accounts, invitations, and what was done to each story"""

import sqlalchemy as sa
from alembic import op

from feedsvc.storage.types import Moment, Number

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Who could sign in before there were roles could do everything.
    op.add_column("accounts", sa.Column("role", sa.String(16), nullable=False, server_default="administrator"))
    op.add_column("sign_ins", sa.Column("browser", sa.String(200), nullable=False, server_default=""))
    op.create_table(
        "invitations",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("invited_by", sa.String(100), nullable=False),
        sa.Column("made", Moment(), nullable=False),
        sa.Column("expires", Moment(), nullable=False),
        sa.Column("used_by", sa.String(100), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invitations")),
    )
    op.create_index("ix_invitations_expires", "invitations", ["expires"])
    op.create_table(
        "acts",
        sa.Column("act_id", Number, nullable=False),
        sa.Column("article_id", Number, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_acts_article_id")),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_acts")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_acts_article_id", "acts", ["article_id", "act_id"])
