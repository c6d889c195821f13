"""Whatever order events come in, the fold never fails, flags what is odd, and keeps closed what was closed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.vocabulary import SharingType
from directory.sharing.applications import beyond
from directory.sharing.grants import is_live
from directory.sharing.history import Share, ShareEvent, fold, fold_all
from directory.sharing.vocabulary import ShareEventKind, ShareFlag, SharePhase
from directory.validity import Period
from tests.directory.catalogue.made import version
from tests.directory.sharing.made import DAY, NOON, application, event, granted

OVER = datetime(2027, 6, 2, tzinfo=UTC)


def told(kinds: str) -> Share:
    """Fold one event of each kind, a day apart; the grant is over when it expires."""
    return fold_all(event(kind, OVER + at * DAY if kind == "expired" else NOON + at * DAY) for at, kind in enumerate(kinds.split()))


@pytest.mark.parametrize(
    ("kinds", "phase"),
    [
        ("", "unknown"),
        ("applied", "applied"),
        ("applied answered", "answered"),
        ("applied answered granted", "granted"),
        ("applied granted", "granted"),
        ("applied refused", "refused"),
        ("applied withdrawn", "withdrawn"),
        ("applied answered withdrawn", "withdrawn"),
        ("applied answered granted withdrawn", "withdrawn"),
        ("applied answered granted expired", "expired"),
    ],
)
def test_what_the_regulation_foresees_raises_no_flag(kinds: str, phase: str) -> None:
    share = told(kinds)
    assert (share.phase, share.flags, share.events) == (SharePhase(phase), frozenset(), len(kinds.split()))


@pytest.mark.parametrize(
    ("kinds", "phase", "flags"),
    [
        ("answered", "unknown", "not-applied"),
        ("granted", "unknown", "not-applied"),
        ("refused", "unknown", "not-applied"),
        ("expired", "unknown", "not-granted"),
        ("withdrawn", "withdrawn", "not-applied"),
        ("withdrawn applied", "withdrawn", "not-applied after-end"),
        ("withdrawn applied granted", "withdrawn", "not-applied after-end"),
        ("applied applied", "applied", "repeated"),
        ("applied answered answered", "answered", "repeated"),
        ("applied granted answered", "granted", "repeated"),
        ("applied granted granted", "granted", "repeated"),
        ("applied expired", "applied", "not-granted"),
        ("applied refused granted", "refused", "after-end"),
        ("applied refused answered", "refused", "after-end"),
        ("applied refused refused", "refused", "after-end"),
        ("applied refused withdrawn", "refused", "after-end"),
        ("applied withdrawn granted", "withdrawn", "after-end"),
        ("applied withdrawn withdrawn", "withdrawn", "repeated"),
        ("applied granted withdrawn granted", "withdrawn", "after-end"),
        ("applied granted expired granted", "expired", "after-end back-in-time"),
        ("applied granted expired expired", "expired", "repeated"),
        ("applied granted expired withdrawn", "expired", "after-end back-in-time"),
        ("applied granted withdrawn expired", "withdrawn", "after-end"),
        ("applied answered refused", "refused", "after-consent"),
        ("applied granted refused", "withdrawn", "after-consent"),
        ("applied celebrated", "applied", "unknown-kind"),
    ],
)
def test_what_it_does_not_foresee_is_flagged_and_opens_nothing(kinds: str, phase: str, flags: str) -> None:
    share = told(kinds)
    assert (share.phase, share.flags) == (SharePhase(phase), frozenset(ShareFlag(flag) for flag in flags.split()))


def test_the_times_are_those_of_the_first_act() -> None:
    share = told("applied answered granted withdrawn")
    assert (share.answered_at, share.ended_at, share.last_at) == (NOON + DAY, NOON + 3 * DAY, NOON + 3 * DAY)
    assert share.grant == replace(granted(), ended_at=NOON + 3 * DAY)
    assert told("applied granted").answered_at == NOON + DAY
    assert told("applied refused").answered_at == NOON + DAY
    assert told("applied refused").ground == "超出职责范围"


def test_a_refusal_without_a_ground_is_flagged_and_closes() -> None:
    share = fold_all([event("applied"), event("refused", ground=" ")])
    assert (share.phase, share.flags) == (SharePhase.REFUSED, frozenset({ShareFlag.WITHOUT_GROUND}))


@pytest.mark.parametrize(("kind", "content"), [("applied", {"application": None}), ("granted", {"grant": None})])
def test_an_event_without_its_content_opens_nothing(kind: str, content: dict[str, Any]) -> None:
    start = Share() if kind == "applied" else told("applied")
    share = fold(start, event(kind, NOON + DAY, **content))
    assert (share.phase, share.flags) == (start.phase, frozenset({ShareFlag.WITHOUT_CONTENT}))


@pytest.mark.parametrize("at_application", [True, False])
def test_what_is_not_shared_is_never_granted(*, at_application: bool) -> None:
    closed: dict[str, Any] = {"sharing": SharingType.NOT_SHARED}
    share = fold_all([event("applied", **(closed if at_application else {})), event("granted", **({} if at_application else closed))])
    assert (share.phase, share.grant, share.flags) == (SharePhase.APPLIED, None, frozenset({ShareFlag.NOT_SHARED}))


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": frozenset({"name", "staff"})},
        {"fields": frozenset()},
        {"hall": "another"},
        {"department": "another"},
        {"resource": "another"},
        {"version": 2},
        {"purpose": "另一用途"},
        {"application": "a-2"},
        {"period": Period(date(2026, 11, 23), date(2030, 1, 1))},
        {"period": Period(date(2026, 11, 23))},
    ],
)
def test_a_grant_beyond_its_application_takes_no_effect(changes: dict[str, Any]) -> None:
    share = fold(told("applied answered"), event("granted", NOON + 2 * DAY, grant=replace(granted(), **changes)))
    assert (share.phase, share.grant, share.flags) == (SharePhase.ANSWERED, None, frozenset({ShareFlag.BEYOND_APPLICATION}))


def test_a_grant_does_not_expire_before_its_time() -> None:
    before = datetime(2027, 5, 31, 15, 59, tzinfo=UTC)
    early = fold(told("applied granted"), event("expired", before))
    assert (early.phase, early.flags) == (SharePhase.GRANTED, frozenset({ShareFlag.TOO_EARLY}))
    assert fold(early, event("expired", before + timedelta(minutes=1))).phase is SharePhase.EXPIRED


def test_an_expiry_dated_ahead_ends_the_grant_at_once() -> None:
    share = fold_all([event("applied"), event("granted", NOON), event("expired", OVER)])
    assert share.grant is not None
    assert not is_live(share.grant, NOON, version())


def test_an_event_dated_before_the_last_one_is_flagged_and_counts() -> None:
    share = fold(told("applied granted"), event("withdrawn", NOON - DAY))
    assert (share.phase, share.flags, share.last_at) == (SharePhase.WITHDRAWN, frozenset({ShareFlag.BACK_IN_TIME}), NOON + DAY)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        event("applied", datetime(2026, 11, 23))  # noqa: DTZ001  the test is about it


KINDS = st.sampled_from([*ShareEventKind, "celebrated"])
CONTENTS = st.fixed_dictionaries(
    {},
    optional={
        "application": st.sampled_from([None, application(), application(fields=frozenset({"name"})), application(application="a-2")]),
        "grant": st.sampled_from([None, granted(), granted(fields=frozenset({"name"})), replace(granted(), fields=version().item_names)]),
        "ground": st.sampled_from(["", "理由"]),
        "sharing": st.sampled_from(SharingType),
    },
)
MOMENTS = st.builds(lambda days: NOON + DAY * days, st.integers(-5, 250))
HISTORIES = st.lists(st.builds(lambda kind, at, content: event(kind, at, **content), KINDS, MOMENTS, CONTENTS), max_size=12)


@given(HISTORIES)
def test_no_history_fails_or_leaves_open_what_should_be_closed(events: Sequence[ShareEvent]) -> None:
    share = Share()
    for next_event in events:
        before, share = share, fold(share, next_event)
        assert share.flags >= before.flags
        assert share.events == before.events + 1
        assert (before.phase is share.phase) or before.phase not in {SharePhase.REFUSED, SharePhase.WITHDRAWN, SharePhase.EXPIRED}
        if share.grant is not None and is_live(share.grant, NOON + DAY, version()):
            assert share.phase is SharePhase.GRANTED
            assert share.application is not None
            assert beyond(share.grant, share.application) == ()
            assert share.sharing is not SharingType.NOT_SHARED
    assert fold_all(events) == share


@given(HISTORIES, HISTORIES)
def test_after_a_withdrawal_nothing_is_ever_live(before: Sequence[ShareEvent], after: Sequence[ShareEvent]) -> None:
    share = fold_all([*before, event("withdrawn"), *after])
    assert share.phase is not SharePhase.GRANTED
    moments = [NOON + DAY * days for days in range(0, 180, 20)]
    assert not any(share.grant and is_live(share.grant, now, version()) for now in moments)
