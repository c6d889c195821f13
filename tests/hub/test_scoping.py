"""A database holds the rows that the law holds, and no value of a rule or a row is ever read as SQL."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from directory.errors import UnknownColumn
from directory.hall_list import seed
from directory.scopes.decisions import Allowed
from directory.scopes.law import Law
from directory.scopes.predicates import AllOf, Always, AnyOf, Equals, Has, In, IsTrue, Never, Predicate, holds
from directory.scopes.principal import Principal
from directory.scopes.reading import default_rules
from directory.scopes.vocabulary import Action, Role
from hub.scoping import Columns, clause
from tests.directory.scopes.ground import TODAY
from tests.directory.scopes.worlds import World, worlds

metadata = sa.MetaData()
things = sa.Table(
    "things",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    *(
        sa.Column(name, sa.Text)
        for name in ("hall_", "department_", "referred_to_", "issuer_hall_", "case_hall_", "case_department_", "role_")
    ),
    *(sa.Column(name, sa.Boolean) for name in ("case_open_", "type_issued_", "without_payload_")),
)
threads = sa.Table("threads", metadata, sa.Column("thing", sa.Integer), sa.Column("hall", sa.Text))


def has_thread(hall: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(threads.c.thing == things.c.number, threads.c.hall == hall)


COLUMNS: Columns = {name: things.c[name] for name in things.c.keys() if name != "number"} | {"thread_halls_": has_thread}  # noqa: SIM118


@pytest.fixture(scope="module")
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        yield connection
    engine.dispose()


def kept(connection: sa.Connection, rows: Iterable[Mapping[str, Any]], predicate: Predicate) -> list[bool]:
    """Store the rows anew, and say of each whether the database holds it."""
    rows = list(rows)
    connection.execute(threads.delete())
    connection.execute(things.delete())
    for number, row in enumerate(rows):
        connection.execute(things.insert().values(number=number, **{name: value for name, value in row.items() if name != "thread_halls_"}))
        for hall in row.get("thread_halls_", ()):
            connection.execute(threads.insert().values(thing=number, hall=hall))
    found = set(connection.scalars(sa.select(things.c.number).where(clause(predicate, COLUMNS))))
    return [number in found for number in range(len(rows))]


@given(worlds())
def test_the_database_python_and_the_decision_agree_on_every_row(connection: sa.Connection, world: World) -> None:
    law = world.law
    predicate = law.predicate(world.principal, world.action, world.columns, world.given)
    decided = [isinstance(law.decide(world.principal, world.action, world.subject(row)), Allowed) for row in world.rows]
    assert kept(connection, world.rows, predicate) == decided == [holds(predicate, row) for row in world.rows]


odd = st.sampled_from(("'", '"', ";--", "%", "_", "\\", "' OR 1=1 --", "", "hall_", ":hall", "?", "%(hall)s")) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=5
)
leaves = st.one_of(
    st.builds(Equals, st.just("hall_"), odd),
    st.builds(In, st.just("hall_"), st.frozensets(odd, max_size=4)),
    st.builds(Has, st.just("thread_halls_"), odd),
    st.just(IsTrue("case_open_")),
    st.just(Always()),
    st.just(Never()),
)
predicates = st.recursive(
    leaves, lambda inner: st.builds(lambda kind, parts: kind(tuple(parts)), st.sampled_from((AnyOf, AllOf)), st.lists(inner, max_size=3))
)
odd_rows = st.lists(
    st.fixed_dictionaries(
        {"hall_": st.none() | odd, "case_open_": st.sampled_from((True, False, None)), "thread_halls_": st.frozensets(odd, max_size=2)}
    ),
    max_size=4,
)


@given(odd_rows, predicates)
def test_odd_values_are_values(connection: sa.Connection, rows: list[dict[str, Any]], predicate: Predicate) -> None:
    assert kept(connection, rows, predicate) == [holds(predicate, row) for row in rows]
    assert kept(connection, rows, Always()) == [True] * len(rows)


def test_no_value_stands_in_the_statement() -> None:
    law = Law.compile(default_rules(), seed(), (), TODAY)
    predicate = law.predicate(Principal("jilin-sheng", Role.SUPERVISOR), Action.CASE_LIST, {"hall": "hall_"})
    assert isinstance(predicate, In)
    assert len(predicate.values) == 53
    statement = sa.select(things.c.number).where(clause(predicate, COLUMNS))
    for dialect in (None, PGDialect_psycopg()):  # type: ignore[no-untyped-call]  # SQLAlchemy left it so
        text = str(statement.compile(dialect=dialect))
        assert "POSTCOMPILE" in text
        assert not any(hall in text for hall in predicate.values)


def test_an_empty_tree_is_false_for_any_and_true_for_all(connection: sa.Connection) -> None:
    assert kept(connection, [{"hall_": "yushu"}], AnyOf(())) == [False]
    assert kept(connection, [{"hall_": "yushu"}], AllOf(())) == [True]


@pytest.mark.parametrize("leaf", [Equals("name", "x"), Has("hall_", "x"), IsTrue("thread_halls_"), In("thread_halls_", frozenset("xy"))])
def test_a_column_that_is_not_given_or_of_another_kind_is_refused(leaf: Predicate) -> None:
    with pytest.raises(UnknownColumn):
        clause(AnyOf((Never(), leaf)), COLUMNS)
