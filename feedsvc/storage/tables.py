"""The tables."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from feedsvc.storage.metadata import flag, metadata
from feedsvc.storage.people_tables import accounts, invitations, presences, sign_in_failures, sign_ins
from feedsvc.storage.types import Moment, Number, ordered_text

__all__ = ["accounts", "invitations", "metadata", "presences", "sign_in_failures", "sign_ins"]
# Of other modules; all tables can be imported from here.

installation = Table(
    "installation",
    metadata,
    Column("installation_id", Integer, primary_key=True),
    Column("line", String(16), nullable=False),
    Column("line_since", Moment, nullable=False),
    Column("epoch", String(16)),
    Column("epoch_since", Moment),
    Column("notices_until", Moment),
    Column("oldest_code", Integer, nullable=False),
    Column("page_size", Integer, nullable=False, server_default="50"),
    flag("has_sample", server_default=false()),
    flag("sample_unfinished", server_default=false()),
    CheckConstraint("installation_id = 1", name="one_row"),
)

log_head = Table(
    "log_head",
    metadata,
    Column("log_head_id", Integer, primary_key=True),
    Column("seq", Number, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("log_head_id = 1", name="one_row"),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("article_id", Number, ForeignKey("articles.article_id"), index=True),
    Column("feed_id", Number, ForeignKey("feeds.feed_id"), index=True),
    Column("by", String(100), nullable=False),
)

feeds = Table(
    "feeds",
    metadata,
    Column("feed_id", Number, primary_key=True),
    Column("identity", String(45), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    CheckConstraint("state IN ('open', 'retired')", name="state"),
    sqlite_autoincrement=True,
)

feed_names = Table(
    "feed_names",
    metadata,
    Column("slug", ordered_text(200), primary_key=True),
    Column("feed_id", Number, ForeignKey("feeds.feed_id"), nullable=False, index=True),
    flag("is_current"),
)

feed_heads = Table(
    "feed_heads",
    metadata,
    Column("feed_id", Number, ForeignKey("feeds.feed_id"), primary_key=True),
    Column("seq", Number, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("removal_seq", Number, nullable=False),
    Column("position", Number, nullable=False),
    # Of what changed all pages of the archive at once.
    Column("archive_seq", Number, nullable=False, server_default="0", index=True),
    Column("archive_at", Moment),
)

feed_pages = Table(
    "feed_pages",
    metadata,
    Column("feed_id", Number, ForeignKey("feeds.feed_id"), primary_key=True, autoincrement=False),
    Column("page", Number, primary_key=True, autoincrement=False),
    Column("first_position", Number, nullable=False),
    Column("last_position", Number, nullable=False),
    Column("seq", Number, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("removal_seq", Number, nullable=False),
    Index("ix_feed_pages_position", "feed_id", "last_position", unique=True),
)

feed_entries = Table(
    "feed_entries",
    metadata,
    Column("feed_id", Number, ForeignKey("feeds.feed_id"), primary_key=True),
    Column("position", Number, primary_key=True),
    Column("article_id", Number, ForeignKey("articles.article_id"), nullable=False, index=True),
    Column("published", Moment, nullable=False),
    Column("entered", Moment),
    Column("left_seq", Number),
    Column("left_at", Moment),
    Column("left_when", Moment),
    Column("is_listed", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("feed_id", "article_id"),
    Index("ix_feed_entries_window", "feed_id", "left_seq", "published", "article_id"),
    Index("ix_feed_entries_entered", "feed_id", "left_seq", "entered"),
    Index("ix_feed_entries_listed", "feed_id", "is_listed", "published", "article_id"),
    Index("ix_feed_entries_left", "feed_id", "left_at"),
    Index("ix_feed_entries_ended", "left_at"),
)

sections = Table(
    "sections",
    metadata,
    Column("section_id", Number, primary_key=True),
    Column("feed_id", Number, ForeignKey("feeds.feed_id"), nullable=False, unique=True),
    Column("title", String(100), nullable=False),
    Column("description", String(500), nullable=False),
    Column("place", Integer, nullable=False),
    Column("syndication", String(16), nullable=False, server_default="full"),
    sqlite_autoincrement=True,
)

articles = Table(
    "articles",
    metadata,
    Column("article_id", Number, primary_key=True),
    Column("identity", Text, nullable=False, unique=True),
    Column("foreign_id", Text, unique=True),
    Column("status", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("working_id", Number, ForeignKey("revisions.revision_id", use_alter=True)),
    Column("live_id", Number, ForeignKey("revisions.revision_id", use_alter=True)),
    Column("live_section_id", Number, ForeignKey("sections.section_id")),
    Column("is_syndicated", Boolean, nullable=False, server_default=true()),
    Column("publish_at", Moment),
    Column("published", Moment),
    Column("updated", Moment),
    Column("withdrawn", Moment),
    Column("notice", Text, nullable=False),
    Column("saved", Moment, nullable=False),
    Column("saved_by", String(100), nullable=False),
    flag("is_sample", server_default=false()),
    CheckConstraint("status IN ('draft', 'in review', 'scheduled', 'published', 'withdrawn')", name="status"),
    CheckConstraint(
        "status NOT IN ('published', 'withdrawn') OR (live_id IS NOT NULL AND published IS NOT NULL)",
        name="public_has_live",
    ),
    Index("ix_articles_public", "status", "published", "article_id"),
    Index("ix_articles_section", "live_section_id", "status", "published", "article_id"),
    Index("ix_articles_saved", "saved", "article_id"),
    Index("ix_articles_status_saved", "status", "saved", "article_id"),
    Index("ix_articles_due", "status", "publish_at", "article_id"),
    Index("ix_articles_live", "live_id"),
    Index("ix_articles_working", "working_id"),
    Index("ix_articles_sample", "is_sample", sqlite_where=text("is_sample = 1"), postgresql_where=text("is_sample")),
    sqlite_autoincrement=True,
)

pictures = Table(
    "pictures",
    metadata,
    Column("picture_id", Number, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("media_type", String(40), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("length", Number, nullable=False),
    Column("small_width", Integer),
    Column("added", Moment, nullable=False),
    flag("was_public", server_default=false()),
    sqlite_autoincrement=True,
)

revisions = Table(
    "revisions",
    metadata,
    Column("revision_id", Number, primary_key=True),
    Column("article_id", Number, ForeignKey("articles.article_id"), nullable=False, index=True),
    Column("headline", Text, nullable=False),
    Column("slug", String(100), nullable=False),
    Column("section_id", Number, ForeignKey("sections.section_id"), index=True),
    Column("standfirst", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("picture_id", Number, ForeignKey("pictures.picture_id"), index=True),
    Column("picture_alt", Text, nullable=False),
    Column("picture_credit", Text, nullable=False),
    flag("picture_decorative"),
    Column("saved", Moment, nullable=False),
    Column("saved_by", String(100), nullable=False),
    Column("syndication", String(16), nullable=False, server_default=""),
    Column("source", Text, nullable=False, server_default=""),
    Column("source_url", Text, nullable=False, server_default=""),
    Column("rights", Text, nullable=False, server_default=""),
    Column("is_autosaved", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)

picture_uses = Table(
    "picture_uses",
    metadata,
    Column("picture_id", Number, ForeignKey("pictures.picture_id"), primary_key=True),
    Column("revision_id", Number, ForeignKey("revisions.revision_id"), primary_key=True, index=True),
)

authors = Table(
    "authors",
    metadata,
    Column("author_id", Number, primary_key=True),
    Column("feed_id", Number, ForeignKey("feeds.feed_id"), unique=True),
    Column("name", String(100), nullable=False),
    Column("name_key", ordered_text(200), nullable=False, unique=True),
    sqlite_autoincrement=True,
)

topics = Table(
    "topics",
    metadata,
    Column("topic_id", Number, primary_key=True),
    Column("feed_id", Number, ForeignKey("feeds.feed_id"), unique=True),
    Column("name", String(100), nullable=False),
    Column("name_key", ordered_text(200), nullable=False, unique=True),
    sqlite_autoincrement=True,
)

revision_authors = Table(
    "revision_authors",
    metadata,
    Column("revision_id", Number, ForeignKey("revisions.revision_id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("author_id", Number, ForeignKey("authors.author_id"), nullable=False, index=True),
)

revision_topics = Table(
    "revision_topics",
    metadata,
    Column("revision_id", Number, ForeignKey("revisions.revision_id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("topic_id", Number, ForeignKey("topics.topic_id"), nullable=False, index=True),
)

former_names = Table(
    "former_names",
    metadata,
    Column("field", String(16), primary_key=True),
    Column("name_key", ordered_text(200), primary_key=True),
    Column("topic_id", Number, ForeignKey("topics.topic_id"), index=True),
    Column("author_id", Number, ForeignKey("authors.author_id"), index=True),
    CheckConstraint(
        "(field = 'topics' AND topic_id IS NOT NULL AND author_id IS NULL)"
        " OR (field = 'authors' AND author_id IS NOT NULL AND topic_id IS NULL)",
        name="one_named",
    ),
)

redirects = Table(
    "redirects",
    metadata,
    Column("path", ordered_text(), primary_key=True),
    Column("article_id", Number, ForeignKey("articles.article_id"), index=True),
    Column("feed_id", Number, ForeignKey("feeds.feed_id"), index=True),
    CheckConstraint("(article_id IS NULL) <> (feed_id IS NULL)", name="one_target"),
)

acts = Table(
    "acts",
    metadata,
    Column("act_id", Number, primary_key=True),
    Column("article_id", Number, ForeignKey("articles.article_id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(100), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_acts_article_id", "article_id", "act_id"),
    sqlite_autoincrement=True,
)

corrections = Table(
    "corrections",
    metadata,
    Column("correction_id", Number, primary_key=True),
    Column("article_id", Number, ForeignKey("articles.article_id"), nullable=False),
    Column("identity", String(45), nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_corrections_article_id", "article_id", "correction_id"),
    sqlite_autoincrement=True,
)

readings = Table(
    "readings",
    metadata,
    Column("article_id", Number, ForeignKey("articles.article_id"), primary_key=True, autoincrement=False),
    Column("total", Number, nullable=False),
    Column("decayed", Float, nullable=False),
    Column("at", Moment, nullable=False),
)

reading_hours = Table(
    "reading_hours",
    metadata,
    Column("article_id", Number, ForeignKey("articles.article_id"), primary_key=True, autoincrement=False),
    Column("hour", Moment, primary_key=True),
    Column("read", Number, nullable=False),
    Index("ix_reading_hours_hour", "hour"),
)

ranks = Table(
    "ranks",
    metadata,
    Column("article_id", Number, ForeignKey("articles.article_id"), primary_key=True, autoincrement=False),
    Column("rank", Integer, nullable=False),
    Column("before", Integer),
    Column("score", Float, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("name", ordered_text(40), primary_key=True),
    Column("ran", Moment, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("failure", Text, nullable=False),
    Column("failed_since", Moment),
)
