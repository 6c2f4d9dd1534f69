"""The closed pages of archives, and what changed all pages of a feed at once"""

import sqlalchemy as sa
from alembic import op

from feedsvc.storage.types import Moment, Number

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Of what stands there already, all whole pages are closed: each as new as its feed.
CLOSE_WHOLE_PAGES = """
INSERT INTO feed_pages (feed_id, page, first_position, last_position, seq, at, changed, removal_seq)
WITH RECURSIVE whole(feed_id, page, page_size, pages) AS (
    SELECT h.feed_id, 1, i.page_size, h.position / i.page_size
    FROM feed_heads h JOIN feeds f ON f.feed_id = h.feed_id CROSS JOIN installation i
    WHERE f.kind IN ('all', 'section', 'topics', 'authors') AND h.position >= i.page_size
    UNION ALL SELECT feed_id, page + 1, page_size, pages FROM whole WHERE page < pages
)
SELECT w.feed_id, w.page, (w.page - 1) * w.page_size + 1, w.page * w.page_size, h.seq, h.at, h.changed, h.removal_seq
FROM whole w JOIN feed_heads h ON h.feed_id = w.feed_id
"""


def upgrade() -> None:
    op.add_column("installation", sa.Column("page_size", sa.Integer(), nullable=False, server_default="50"))
    op.add_column("feed_heads", sa.Column("archive_seq", Number, nullable=False, server_default="0"))
    op.add_column("feed_heads", sa.Column("archive_at", Moment()))
    op.create_index("ix_feed_heads_archive_seq", "feed_heads", ["archive_seq"])
    op.create_table(
        "feed_pages",
        sa.Column("feed_id", Number, nullable=False, autoincrement=False),
        sa.Column("page", Number, nullable=False, autoincrement=False),
        sa.Column("first_position", Number, nullable=False),
        sa.Column("last_position", Number, nullable=False),
        sa.Column("seq", Number, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("changed", Moment(), nullable=False),
        sa.Column("removal_seq", Number, nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.feed_id"], name=op.f("fk_feed_pages_feed_id")),
        sa.PrimaryKeyConstraint("feed_id", "page", name=op.f("pk_feed_pages")),
    )
    op.create_index("ix_feed_pages_seq", "feed_pages", ["seq"])
    op.create_index("ix_feed_pages_position", "feed_pages", ["feed_id", "last_position"], unique=True)
    op.execute(CLOSE_WHOLE_PAGES)
    # Code that knows of no pages would let them stand as they are, whatever changes in them.
    op.execute("UPDATE installation SET oldest_code = 2")
