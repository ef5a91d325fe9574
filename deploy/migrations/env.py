"""How Alembic runs the migrations: on the connection that `producers/runtime/archive/revisions.py` hands in."""

from alembic import context

# One transaction for all of them, on SQLite too, whose changes of a schema are transactional as soon as one is begun.
context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
