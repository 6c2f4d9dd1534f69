"""The tables of those who work here: accounts, who is signed in, who was invited, who has which story open."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from feedsvc.storage.metadata import metadata
from feedsvc.storage.types import Moment, Number, ordered_text

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Number, primary_key=True),
    Column("name", ordered_text(100), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),
    Column("role", String(16), nullable=False, server_default="administrator"),
    Column("added", Moment, nullable=False),
    sqlite_autoincrement=True,
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", Number, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("began", Moment, nullable=False),
    Column("expires", Moment, nullable=False, index=True),
    Column("revoked", Moment),
    Column("browser", String(200), nullable=False, server_default=""),
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("invited_by", String(100), nullable=False),
    Column("made", Moment, nullable=False),
    Column("expires", Moment, nullable=False, index=True),
    Column("used_by", String(100)),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("failure_id", Number, primary_key=True),
    Column("name_key", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Index("ix_sign_in_failures_name", "name_key", "at"),
    Index("ix_sign_in_failures_address", "address", "at"),
)

presences = Table(
    "presences",
    metadata,
    Column("article_id", Number, ForeignKey("articles.article_id"), primary_key=True, autoincrement=False),
    Column(
        "account_id",
        Number,
        ForeignKey("accounts.account_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    Column("at", Moment, nullable=False),
)
