"""What search looks through: the words of stories, and an index of them"""

import sqlalchemy as sa
from alembic import op

from feedsvc.storage import indexing
from feedsvc.storage.types import Number, Words

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# https://www.sqlite.org/fts5.html#external_content_tables. The words were folded before: whatever is no ASCII is a
# letter, so that what is one is not up to SQLite's own table of Unicode.
OF_SQLITE = (
    "CREATE VIRTUAL TABLE search_index USING fts5("
    "words, content='search_rows', content_rowid='place', tokenize='ascii', columnsize=0)",
    "CREATE TRIGGER search_rows_added AFTER INSERT ON search_rows BEGIN"
    " INSERT INTO search_index (rowid, words) VALUES (new.place, new.words); END",
    "CREATE TRIGGER search_rows_deleted AFTER DELETE ON search_rows BEGIN"
    " INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.place, old.words); END",
    "CREATE TRIGGER search_rows_changed AFTER UPDATE ON search_rows BEGIN"
    " INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.place, old.words);"
    " INSERT INTO search_index (rowid, words) VALUES (new.place, new.words); END",
)


def upgrade() -> None:
    op.create_table(
        "search_rows",
        sa.Column("place", Number, nullable=False, autoincrement=False),
        sa.Column("article_id", Number, nullable=False),
        sa.Column("revision_id", Number, nullable=False),
        sa.Column("words", Words(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_search_rows_article_id")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.revision_id"], name=op.f("fk_search_rows_revision_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_search_rows")),
    )
    for column in ("article_id", "revision_id"):
        op.create_index(f"ix_search_rows_{column}", "search_rows", [column])
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in OF_SQLITE:
            op.execute(statement)
    else:
        op.execute("CREATE INDEX search_index ON search_rows USING gin (words)")
    indexing.index_all(connection)
