"""Put the events of a case in the order of the fold when several halls tell of it.

Laws: what one hall told stays in the order of its journal; across halls the time at which a thing happened decides, then the
ledger index. A hall's event that is dated before an earlier one of the same hall counts, for the order alone, as of that time.
"""

from collections.abc import Iterable, Mapping

from directory.lifecycle import Event


def in_fold_order(events: Iterable[Event]) -> list[Event]:
    """Return events, each with its `hall` and `ref`, in the order in which they are folded; they may be given in any order."""
    latest: dict[str, int] = {}
    # A hall's journal is taken into the ledger in its own order.
    placed = [(_seen(latest, event), event.ref, event) for event in sorted(events, key=lambda event: event.ref)]
    return [event for _, _, event in sorted(placed, key=lambda place: place[:2])]


def comes_last(latest: Mapping[str, int], event: Event) -> bool:
    """Tell whether the newest event of the ledger is folded last, so that the state can be moved on by it; else the case is folded anew.

    `latest` holds the latest time that each hall told so far, in Unix milliseconds.
    """
    own = max(latest.get(event.hall, event.occurred_at_ms), event.occurred_at_ms)
    return all(own >= time for time in latest.values())


def told_up_to(latest: Mapping[str, int], event: Event) -> dict[str, int]:
    """Return the latest time that each hall told, after one more event."""
    after = dict(latest)
    _seen(after, event)
    return after


def _seen(latest: dict[str, int], event: Event) -> int:
    latest[event.hall] = max(latest.get(event.hall, event.occurred_at_ms), event.occurred_at_ms)
    return latest[event.hall]
