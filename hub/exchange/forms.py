"""Keep in which form halls got the entries of their mailboxes, where that is not in full.

Laws: what is withheld is noted before it leaves, so that a hall may acknowledge it in that form and in no other but FULL; a hall is
believed that it has a body, for another stream may have brought it.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from hub.errors import Refusal
from hub.tables import not_full, withheld
from tongban.errors.v1 import errors_pb2

Ranges = Sequence[tuple[int, int, int]]
"""(first, count, form): indices of an inbox log."""
Forms = Mapping[int, int]
"""Form by index of an inbox log; what is not named is FULL."""


def ranges(forms: Forms) -> list[tuple[int, int, int]]:
    """Join what lies side by side in one form."""
    out: list[tuple[int, int, int]] = []
    for at in sorted(forms):
        first, count, form = out[-1] if out else (0, 0, 0)
        if count and first + count == at and form == forms[at]:
            out[-1] = (first, count + 1, form)
        else:
            out.append((at, 1, forms[at]))
    return out


def spelled(given: Ranges, start: int, end: int) -> dict[int, int]:
    """Return the forms of the entries [start, end)."""
    return {at: form for first, count, form in given for at in range(max(first, start), min(first + count, end))}


def claimed(given: Ranges, start: int, end: int) -> dict[int, int]:
    """Return the forms that a hall states of the entries [start, end); what it says of those before is settled. Raises Refusal."""
    behind = 0
    for first, count, _ in given:
        if first < behind or not count or first + count > end:
            msg = f"`not_full` names ascending ranges that do not meet, up to entry {end}"
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, msg, field="not_full")
        behind = first + count
    return spelled(given, start, end)


def check(forms: Forms, noted: Forms) -> None:
    """Refuse a form in which an entry was not withheld; raises Refusal."""
    for at, form in forms.items():
        if noted.get(at) != form:
            msg = f"entry {at} of the inbox was not withheld in form {form}: acknowledge it as what it is"
            raise Refusal(errors_pb2.REASON_INBOX_MISMATCH, msg)


def note(connection: sa.Connection, hall: str, forms: Forms) -> None:
    """Note in which forms entries are about to leave; what is noted already stays as it is."""
    known = noted(connection, hall, min(forms), max(forms) + 1)
    fresh = ranges({at: form for at, form in forms.items() if at not in known})
    if fresh:
        connection.execute(withheld.insert(), _rows(hall, fresh))


def noted(connection: sa.Connection, hall: str, start: int, end: int) -> dict[int, int]:
    """Return in which forms the entries [start, end) ever left without their body."""
    return _read(connection, withheld, hall, start, end)


def acknowledge(connection: sa.Connection, hall: str, given: Ranges) -> None:
    """Keep the forms that a hall acknowledged; they are behind those kept before."""
    connection.execute(not_full.insert(), _rows(hall, given))


def acknowledged(connection: sa.Connection, hall: str, start: int, end: int) -> dict[int, int]:
    """Return in which forms a hall acknowledged the entries [start, end), where not in full."""
    return _read(connection, not_full, hall, start, end)


def _read(connection: sa.Connection, table: sa.Table, hall: str, start: int, end: int) -> dict[int, int]:
    own = table.c.hall == hall
    # Ranges do not overlap, so at most one that begins earlier reaches into this one.
    earlier = sa.select(sa.func.max(table.c.first)).where(own, table.c.first <= start).scalar_subquery()
    query = sa.select(table.c.first, table.c.count, table.c.form).where(
        own, table.c.first < end, table.c.first >= sa.func.coalesce(earlier, start)
    )
    return spelled([(first, count, form) for first, count, form in connection.execute(query)], start, end)


def _rows(hall: str, given: Ranges) -> list[dict[str, object]]:
    return [{"hall": hall, "first": first, "count": count, "form": form} for first, count, form in given]
