"""Run revisions on the connection that hub.schema hands in; Alembic loads this file by its path."""

from alembic import context

_given = context.config.attributes

context.configure(connection=_given["connection"], version_table=_given["version_table"])
with context.begin_transaction():
    context.run_migrations()
