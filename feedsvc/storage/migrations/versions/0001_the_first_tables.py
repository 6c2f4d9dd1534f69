"""The first tables"""

import sqlalchemy as sa
from alembic import op

from feedsvc.storage.types import Moment, Number, ordered_text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "accounts",
        sa.Column("account_id", Number, nullable=False),
        sa.Column("name", ordered_text(100), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("added", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_accounts_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feeds",
        sa.Column("feed_id", Number, nullable=False),
        sa.Column("identity", sa.String(length=45), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint("state IN ('open', 'retired')", name=op.f("ck_feeds_state")),
        sa.PrimaryKeyConstraint("feed_id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("identity", name=op.f("uq_feeds_identity")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "installation",
        sa.Column("installation_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(length=16), nullable=False),
        sa.Column("line_since", Moment(), nullable=False),
        sa.Column("epoch", sa.String(length=16), nullable=True),
        sa.Column("epoch_since", Moment(), nullable=True),
        sa.Column("oldest_code", sa.Integer(), nullable=False),
        sa.Column(
            "has_sample",
            sa.Boolean(create_constraint=True, name="has_sample"),
            server_default=sa.false(),
            nullable=False,
        ),
        sa.Column(
            "sample_unfinished",
            sa.Boolean(create_constraint=True, name="sample_unfinished"),
            server_default=sa.false(),
            nullable=False,
        ),
        sa.CheckConstraint("installation_id = 1", name=op.f("ck_installation_one_row")),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_installation")),
    )
    op.create_table(
        "log_head",
        sa.Column("log_head_id", sa.Integer(), nullable=False),
        sa.Column("seq", Number, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.CheckConstraint("log_head_id = 1", name=op.f("ck_log_head_one_row")),
        sa.PrimaryKeyConstraint("log_head_id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "pictures",
        sa.Column("picture_id", Number, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("length", Number, nullable=False),
        sa.Column("small_width", sa.Integer(), nullable=True),
        sa.Column("added", Moment(), nullable=False),
        sa.Column(
            "was_public",
            sa.Boolean(create_constraint=True, name="was_public"),
            server_default=sa.false(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("picture_id", name=op.f("pk_pictures")),
        sa.UniqueConstraint("key", name=op.f("uq_pictures_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("failure_id", Number, nullable=False),
        sa.Column("name_key", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("failure_id", name=op.f("pk_sign_in_failures")),
    )
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_failures_address", ["address", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_failures_at"), ["at"], unique=False)
        batch_op.create_index("ix_sign_in_failures_name", ["name_key", "at"], unique=False)

    op.create_table(
        "authors",
        sa.Column("author_id", Number, nullable=False),
        sa.Column("feed_id", Number, nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", ordered_text(200), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.feed_id"], name=op.f("fk_authors_feed_id")),
        sa.PrimaryKeyConstraint("author_id", name=op.f("pk_authors")),
        sa.UniqueConstraint("feed_id", name=op.f("uq_authors_feed_id")),
        sa.UniqueConstraint("name_key", name=op.f("uq_authors_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feed_heads",
        sa.Column("feed_id", Number, nullable=False),
        sa.Column("seq", Number, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("changed", Moment(), nullable=False),
        sa.Column("removal_seq", Number, nullable=False),
        sa.Column("position", Number, nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.feed_id"], name=op.f("fk_feed_heads_feed_id")),
        sa.PrimaryKeyConstraint("feed_id", name=op.f("pk_feed_heads")),
    )
    with op.batch_alter_table("feed_heads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_heads_seq"), ["seq"], unique=False)

    op.create_table(
        "feed_names",
        sa.Column("slug", ordered_text(200), nullable=False),
        sa.Column("feed_id", Number, nullable=False),
        sa.Column("is_current", sa.Boolean(create_constraint=True, name="is_current"), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.feed_id"], name=op.f("fk_feed_names_feed_id")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_feed_names")),
    )
    with op.batch_alter_table("feed_names", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_names_feed_id"), ["feed_id"], unique=False)

    op.create_table(
        "sections",
        sa.Column("section_id", Number, nullable=False),
        sa.Column("feed_id", Number, nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.feed_id"], name=op.f("fk_sections_feed_id")),
        sa.PrimaryKeyConstraint("section_id", name=op.f("pk_sections")),
        sa.UniqueConstraint("feed_id", name=op.f("uq_sections_feed_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sign_ins",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", Number, nullable=False),
        sa.Column("began", Moment(), nullable=False),
        sa.Column("expires", Moment(), nullable=False),
        sa.Column("revoked", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_sign_ins_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_ins")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_ins_expires"), ["expires"], unique=False)

    op.create_table(
        "topics",
        sa.Column("topic_id", Number, nullable=False),
        sa.Column("feed_id", Number, nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", ordered_text(200), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.feed_id"], name=op.f("fk_topics_feed_id")),
        sa.PrimaryKeyConstraint("topic_id", name=op.f("pk_topics")),
        sa.UniqueConstraint("feed_id", name=op.f("uq_topics_feed_id")),
        sa.UniqueConstraint("name_key", name=op.f("uq_topics_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "articles",
        sa.Column("article_id", Number, nullable=False),
        sa.Column("identity", sa.String(length=45), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("working_id", Number, nullable=True),
        sa.Column("live_id", Number, nullable=True),
        sa.Column("live_section_id", Number, nullable=True),
        sa.Column("published", Moment(), nullable=True),
        sa.Column("updated", Moment(), nullable=True),
        sa.Column("withdrawn", Moment(), nullable=True),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("saved", Moment(), nullable=False),
        sa.Column("saved_by", sa.String(length=100), nullable=False),
        sa.Column(
            "is_sample",
            sa.Boolean(create_constraint=True, name="is_sample"),
            server_default=sa.false(),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'in review', 'scheduled', 'published', 'withdrawn')", name=op.f("ck_articles_status")
        ),
        sa.CheckConstraint(
            "status NOT IN ('published', 'withdrawn') OR (live_id IS NOT NULL AND published IS NOT NULL)",
            name=op.f("ck_articles_public_has_live"),
        ),
        sa.ForeignKeyConstraint(
            ["live_id"], ["revisions.revision_id"], name=op.f("fk_articles_live_id"), use_alter=True
        ),
        sa.ForeignKeyConstraint(["live_section_id"], ["sections.section_id"], name=op.f("fk_articles_live_section_id")),
        sa.ForeignKeyConstraint(
            ["working_id"], ["revisions.revision_id"], name=op.f("fk_articles_working_id"), use_alter=True
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_articles")),
        sa.UniqueConstraint("identity", name=op.f("uq_articles_identity")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.create_index("ix_articles_live", ["live_id"], unique=False)
        batch_op.create_index("ix_articles_public", ["status", "published", "article_id"], unique=False)
        batch_op.create_index(
            "ix_articles_sample",
            ["is_sample"],
            unique=False,
            sqlite_where=sa.text("is_sample = 1"),
            postgresql_where=sa.text("is_sample"),
        )
        batch_op.create_index("ix_articles_saved", ["saved", "article_id"], unique=False)
        batch_op.create_index(
            "ix_articles_section", ["live_section_id", "status", "published", "article_id"], unique=False
        )
        batch_op.create_index("ix_articles_status_saved", ["status", "saved", "article_id"], unique=False)
        batch_op.create_index("ix_articles_working", ["working_id"], unique=False)

    op.create_table(
        "changes",
        sa.Column("seq", Number, autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("article_id", Number, nullable=True),
        sa.Column("feed_id", Number, nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_changes_article_id")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.feed_id"], name=op.f("fk_changes_feed_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_changes")),
    )
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_changes_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_changes_feed_id"), ["feed_id"], unique=False)

    op.create_table(
        "feed_entries",
        sa.Column("feed_id", Number, nullable=False),
        sa.Column("position", Number, nullable=False),
        sa.Column("article_id", Number, nullable=False),
        sa.Column("published", Moment(), nullable=False),
        sa.Column("entered", Moment(), nullable=True),
        sa.Column("left_seq", Number, nullable=True),
        sa.Column("left_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_feed_entries_article_id")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.feed_id"], name=op.f("fk_feed_entries_feed_id")),
        sa.PrimaryKeyConstraint("feed_id", "position", name=op.f("pk_feed_entries")),
        sa.UniqueConstraint("feed_id", "article_id", name=op.f("uq_feed_entries_feed_id_article_id")),
    )
    with op.batch_alter_table("feed_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_entries_article_id"), ["article_id"], unique=False)
        batch_op.create_index("ix_feed_entries_entered", ["feed_id", "left_seq", "entered"], unique=False)
        batch_op.create_index("ix_feed_entries_left", ["feed_id", "left_at"], unique=False)
        batch_op.create_index(
            "ix_feed_entries_window", ["feed_id", "left_seq", "published", "article_id"], unique=False
        )

    op.create_table(
        "revisions",
        sa.Column("revision_id", Number, nullable=False),
        sa.Column("article_id", Number, nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("section_id", Number, nullable=True),
        sa.Column("standfirst", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("picture_id", Number, nullable=True),
        sa.Column("picture_alt", sa.Text(), nullable=False),
        sa.Column("picture_credit", sa.Text(), nullable=False),
        sa.Column("picture_decorative", sa.Boolean(create_constraint=True, name="picture_decorative"), nullable=False),
        sa.Column("saved", Moment(), nullable=False),
        sa.Column("saved_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_revisions_article_id")),
        sa.ForeignKeyConstraint(["picture_id"], ["pictures.picture_id"], name=op.f("fk_revisions_picture_id")),
        sa.ForeignKeyConstraint(["section_id"], ["sections.section_id"], name=op.f("fk_revisions_section_id")),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_revisions")),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name != "sqlite":
        # Where tables can be altered, CREATE TABLE leaves out what has use_alter, and nothing else adds it.
        op.create_foreign_key(op.f("fk_articles_live_id"), "articles", "revisions", ["live_id"], ["revision_id"])
        op.create_foreign_key(op.f("fk_articles_working_id"), "articles", "revisions", ["working_id"], ["revision_id"])
    with op.batch_alter_table("revisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revisions_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_revisions_picture_id"), ["picture_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_revisions_section_id"), ["section_id"], unique=False)

    op.create_table(
        "picture_uses",
        sa.Column("picture_id", Number, nullable=False),
        sa.Column("revision_id", Number, nullable=False),
        sa.ForeignKeyConstraint(["picture_id"], ["pictures.picture_id"], name=op.f("fk_picture_uses_picture_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.revision_id"], name=op.f("fk_picture_uses_revision_id")),
        sa.PrimaryKeyConstraint("picture_id", "revision_id", name=op.f("pk_picture_uses")),
    )
    with op.batch_alter_table("picture_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_picture_uses_revision_id"), ["revision_id"], unique=False)

    op.create_table(
        "revision_authors",
        sa.Column("revision_id", Number, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("author_id", Number, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["authors.author_id"], name=op.f("fk_revision_authors_author_id")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.revision_id"], name=op.f("fk_revision_authors_revision_id")
        ),
        sa.PrimaryKeyConstraint("revision_id", "place", name=op.f("pk_revision_authors")),
    )
    with op.batch_alter_table("revision_authors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revision_authors_author_id"), ["author_id"], unique=False)

    op.create_table(
        "revision_topics",
        sa.Column("revision_id", Number, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("topic_id", Number, nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.revision_id"], name=op.f("fk_revision_topics_revision_id")
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.topic_id"], name=op.f("fk_revision_topics_topic_id")),
        sa.PrimaryKeyConstraint("revision_id", "place", name=op.f("pk_revision_topics")),
    )
    with op.batch_alter_table("revision_topics", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revision_topics_topic_id"), ["topic_id"], unique=False)
