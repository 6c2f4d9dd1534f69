"""How much of a story goes out and where it comes from; corrections and their feed; who has which story open"""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from feedsvc.storage.types import Moment, Number

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sections", sa.Column("syndication", sa.String(16), nullable=False, server_default="full"))
    op.add_column("revisions", sa.Column("syndication", sa.String(16), nullable=False, server_default=""))
    for name in ("source", "source_url", "rights"):
        op.add_column("revisions", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("revisions", sa.Column("is_autosaved", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("articles", sa.Column("is_syndicated", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("feed_entries", sa.Column("is_listed", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute("UPDATE feed_entries SET is_listed = (left_seq IS NULL) WHERE left_seq IS NOT NULL")
    op.create_index("ix_feed_entries_listed", "feed_entries", ["feed_id", "is_listed", "published", "article_id"])
    op.create_table(
        "corrections",
        sa.Column("correction_id", Number, nullable=False),
        sa.Column("article_id", Number, nullable=False),
        sa.Column("identity", sa.String(45), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("updated", Moment(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_corrections_article_id")),
        sa.PrimaryKeyConstraint("correction_id", name=op.f("pk_corrections")),
        sa.UniqueConstraint("identity", name=op.f("uq_corrections_identity")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_corrections_article_id", "corrections", ["article_id", "correction_id"])
    op.create_table(
        "presences",
        sa.Column("article_id", Number, nullable=False, autoincrement=False),
        sa.Column("account_id", Number, nullable=False, autoincrement=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_presences_article_id")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_presences_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "account_id", name=op.f("pk_presences")),
    )
    op.create_index("ix_presences_account_id", "presences", ["account_id"])
    _add_feed()


def _add_feed() -> None:
    """Give a newsroom that is founded already the feed that a new one is founded with."""
    at = sa.column("at", Moment())
    head = op.get_bind().execute(sa.select(sa.column("seq", Number), at).select_from(sa.table("log_head"))).first()
    if head is None:
        return
    feeds = sa.table("feeds", sa.column("feed_id", Number), *(sa.column(n) for n in ("identity", "kind", "state")))
    names = sa.table("feed_names", *(sa.column(n) for n in ("slug", "feed_id", "is_current")))
    heads = sa.table(
        "feed_heads",
        *(sa.column(n, Number) for n in ("feed_id", "seq", "removal_seq", "position")),
        *(sa.column(n, Moment()) for n in ("at", "changed")),
    )
    now = datetime.now(UTC).replace(microsecond=0)
    values = {"identity": uuid4().urn, "kind": "corrections", "state": "open"}
    feed_id = op.get_bind().execute(sa.insert(feeds).values(values).returning(feeds.c.feed_id)).scalar_one()
    op.execute(sa.insert(names).values(slug="corrections", feed_id=feed_id, is_current=True))
    op.execute(
        sa.insert(heads).values(feed_id=feed_id, seq=head.seq, at=head.at, changed=now, removal_seq=0, position=0)
    )
