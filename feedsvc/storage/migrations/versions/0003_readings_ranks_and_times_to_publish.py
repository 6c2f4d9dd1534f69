"""Readings, ranks and jobs, times to publish, and the feeds trending and rising"""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from feedsvc.storage.types import Moment, Number, ordered_text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("articles", sa.Column("publish_at", Moment(), nullable=True))
    op.create_index("ix_articles_due", "articles", ["status", "publish_at", "article_id"])
    op.create_index("ix_feed_entries_ended", "feed_entries", ["left_at"])
    op.add_column("installation", sa.Column("notices_until", Moment(), nullable=True))
    op.create_table(
        "readings",
        sa.Column("article_id", Number, nullable=False, autoincrement=False),
        sa.Column("total", Number, nullable=False),
        sa.Column("decayed", sa.Float(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_readings_article_id")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_readings")),
    )
    op.create_table(
        "reading_hours",
        sa.Column("article_id", Number, nullable=False, autoincrement=False),
        sa.Column("hour", Moment(), nullable=False),
        sa.Column("read", Number, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_reading_hours_article_id")),
        sa.PrimaryKeyConstraint("article_id", "hour", name=op.f("pk_reading_hours")),
    )
    op.create_index("ix_reading_hours_hour", "reading_hours", ["hour"])
    op.create_table(
        "ranks",
        sa.Column("article_id", Number, nullable=False, autoincrement=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_ranks_article_id")),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_ranks")),
    )
    op.create_table(
        "jobs",
        sa.Column("name", ordered_text(40), nullable=False),
        sa.Column("ran", Moment(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("failed_since", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_jobs")),
    )
    _add_feeds()


def _add_feeds() -> None:
    """Give a newsroom that is founded already the feeds that a new one is founded with."""
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
    for name in ("trending", "rising"):
        values = {"identity": uuid4().urn, "kind": name, "state": "open"}
        feed_id = op.get_bind().execute(sa.insert(feeds).values(values).returning(feeds.c.feed_id)).scalar_one()
        op.execute(sa.insert(names).values(slug=name, feed_id=feed_id, is_current=True))
        op.execute(
            sa.insert(heads).values(
                feed_id=feed_id, seq=head.seq, at=head.at, changed=now, removal_seq=0, position=0
            )
        )
