from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.province import postgres

pytestmark = [pytest.mark.postgres, pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "-")]


def test_a_server_of_our_own_is_durable_and_survives_its_kill() -> None:
    with postgres.postgresql() as server:
        url = server.new_database()
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            assert [connection.scalar(sa.text(f"SHOW {name}")) for name in ("fsync", "synchronous_commit")] == ["on", "on"]
            connection.execute(sa.text("CREATE TABLE kept AS SELECT 1 AS one"))
        server.kill()
        assert not server.answers()
        server.start()
        with engine.begin() as connection:
            assert connection.scalar(sa.text("SELECT one FROM kept")) == 1
        assert server.new_database() != url
        folder = server.folder
    assert not server.server.running
    assert not Path(folder).exists()
