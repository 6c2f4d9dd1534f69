"""When stories left feeds, as documents say it"""

import sqlalchemy as sa
from alembic import op

from feedsvc.storage.types import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed_entries", sa.Column("left_when", Moment(), nullable=True))
