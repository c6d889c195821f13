"""Bring the hub's databases to this release's tables."""

import sqlalchemy as sa

import hub.cases.tables  # noqa: F401 - declares the read models' tables
from hub.consumers import metadata as models
from hub.tables import metadata as ledger


def upgrade(ledger_engine: sa.Engine, models_engine: sa.Engine) -> None:
    """Create what is missing."""
    ledger.create_all(ledger_engine)
    models.create_all(models_engine)
