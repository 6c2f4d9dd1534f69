"""Names that topics and authors had, addresses and identities from elsewhere"""

import sqlalchemy as sa
from alembic import op

from feedsvc.storage.types import Number, ordered_text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    # The rebuilt table would begin to count after the last story that is left; numbers are never given twice.
    counted = "SELECT seq FROM sqlite_sequence WHERE name = 'articles'"
    last = op.get_bind().exec_driver_sql(counted).scalar() if is_sqlite else None
    with op.batch_alter_table("articles", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.alter_column("identity", existing_type=sa.String(45), type_=sa.Text(), existing_nullable=False)
        table.add_column(sa.Column("foreign_id", sa.Text(), nullable=True))
        table.create_unique_constraint(op.f("uq_articles_foreign_id"), ["foreign_id"])
    if last is not None:
        op.get_bind().exec_driver_sql("UPDATE sqlite_sequence SET seq = ? WHERE name = 'articles'", (last,))
    op.create_table(
        "former_names",
        sa.Column("field", sa.String(16), nullable=False),
        sa.Column("name_key", ordered_text(200), nullable=False),
        sa.Column("topic_id", Number, nullable=True),
        sa.Column("author_id", Number, nullable=True),
        sa.CheckConstraint(
            "(field = 'topics' AND topic_id IS NOT NULL AND author_id IS NULL)"
            " OR (field = 'authors' AND author_id IS NOT NULL AND topic_id IS NULL)",
            name=op.f("ck_former_names_one_named"),
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.topic_id"], name=op.f("fk_former_names_topic_id")),
        sa.ForeignKeyConstraint(["author_id"], ["authors.author_id"], name=op.f("fk_former_names_author_id")),
        sa.PrimaryKeyConstraint("field", "name_key", name=op.f("pk_former_names")),
    )
    op.create_index(op.f("ix_former_names_topic_id"), "former_names", ["topic_id"])
    op.create_index(op.f("ix_former_names_author_id"), "former_names", ["author_id"])
    op.create_table(
        "redirects",
        sa.Column("path", ordered_text(), nullable=False),
        sa.Column("article_id", Number, nullable=True),
        sa.Column("feed_id", Number, nullable=True),
        sa.CheckConstraint("(article_id IS NULL) <> (feed_id IS NULL)", name=op.f("ck_redirects_one_target")),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_redirects_article_id")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.feed_id"], name=op.f("fk_redirects_feed_id")),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_redirects")),
    )
    op.create_index(op.f("ix_redirects_article_id"), "redirects", ["article_id"])
    op.create_index(op.f("ix_redirects_feed_id"), "redirects", ["feed_id"])
