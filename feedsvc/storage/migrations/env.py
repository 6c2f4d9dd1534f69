"""Runs the migrations on the connection that `storage.database` hands over."""

from alembic import context

from feedsvc.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
