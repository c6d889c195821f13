"""Turn what a list may hold into a condition of SQL.

Laws: values are bound, never written into the statement; a column is one that the caller gave, never a name from outside.
Where a row says nothing (NULL) it is not held, on every database.
"""

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from directory.errors import UnknownColumn
from directory.scopes.predicates import AllOf, Always, AnyOf, Equals, Has, In, IsTrue, Never, Predicate

Members = Callable[[str], sa.ColumnElement[bool]]
"""What says of a row that a value is among the many that it holds: mostly EXISTS over a table of its own."""
Columns = Mapping[str, sa.ColumnElement[str] | sa.ColumnElement[bool] | Members]


def clause(predicate: Predicate, columns: Columns) -> sa.ColumnElement[bool]:
    """Return the condition under which a row is held; raises UnknownColumn for a column that is not given, or not of its kind.

    A list of values is one expanding parameter, so that statements for few and for many halls are cached as one.
    """
    if isinstance(predicate, AnyOf):
        return sa.or_(sa.false(), *(clause(part, columns) for part in predicate.parts))
    if isinstance(predicate, AllOf):
        return sa.and_(sa.true(), *(clause(part, columns) for part in predicate.parts))
    if isinstance(predicate, Always):
        return sa.true()
    if isinstance(predicate, Never):
        return sa.false()
    return _leaf(predicate, columns)


def _leaf(leaf: Equals | In | Has | IsTrue, columns: Columns) -> sa.ColumnElement[bool]:
    column = columns.get(leaf.column)
    if isinstance(leaf, Has) and callable(column):
        return column(leaf.value)
    if not isinstance(column, sa.ColumnElement) or isinstance(leaf, Has):
        raise UnknownColumn(leaf.column)
    if isinstance(leaf, In):
        return column.in_(sorted(leaf.values))
    return column.is_(sa.true()) if isinstance(leaf, IsTrue) else column == leaf.value
