"""What is written is read as the same; what cannot be read is said to be so, without a word of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.vocabulary import Manner, SharingType
from directory.errors import MessageMalformed
from directory.scopes.principal import Principal
from directory.sharing.applications import Grant, ShareApplication
from directory.sharing.history import Share, ShareEvent
from directory.sharing.messages import read_event, share_from_bytes, share_to_bytes, write_event, write_share
from directory.sharing.vocabulary import ShareEventKind, ShareFlag, SharePhase
from directory.validity import Period
from tests.directory.sharing.made import application, event, granted
from tongban.directory.v1 import sharing_pb2

WORDS = st.text(max_size=30)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - they get their zone
FIELDS = st.frozensets(st.text(min_size=1, max_size=10), max_size=5)
PERIODS = st.builds(
    lambda start, days: Period(start, start + timedelta(days=days) if days else None),
    st.dates(date(2000, 1, 1), date(2200, 1, 1)),
    st.integers(0, 4_000),
)
SAID: dict[str, Any] = dict.fromkeys(("application", "hall", "department", "resource", "purpose", "basis"), WORDS)
SAID |= {"version": st.integers(0, 2**32 - 1), "fields": FIELDS, "manner": st.sampled_from(Manner)}
APPLICATIONS = st.builds(ShareApplication, **SAID, term=PERIODS, applied_at=MOMENTS)
GRANTS = st.builds(Grant, **SAID, grant=WORDS, period=PERIODS, approver=WORDS, granted_at=MOMENTS, ended_at=st.none() | MOMENTS)
EVENTS = st.builds(
    ShareEvent,
    kind=st.sampled_from(ShareEventKind) | WORDS,
    at=MOMENTS,
    sharing=st.sampled_from(SharingType),
    application=st.none() | APPLICATIONS,
    grant=st.none() | GRANTS,
    ground=WORDS,
)
SHARES = st.builds(
    Share,
    phase=st.sampled_from(SharePhase),
    application=st.none() | APPLICATIONS,
    sharing=st.sampled_from(SharingType),
    grant=st.none() | GRANTS,
    answered_at=st.none() | MOMENTS,
    ended_at=st.none() | MOMENTS,
    ground=WORDS,
    flags=st.frozensets(st.sampled_from(ShareFlag)),
    last_at=st.none() | MOMENTS,
    events=st.integers(0, 1_000),
)
WHO = Principal("yushu", "catalogue-administrator", "market-regulation", "7")


@given(EVENTS, WORDS, st.sampled_from([None, WHO]))
def test_an_event_is_read_as_it_was_written(happened: ShareEvent, ident: str, who: Principal | None) -> None:
    assert read_event(write_event(ident, happened, who)) == (ident, happened)


@given(SHARES)
def test_a_share_is_read_as_it_was_written(share: Share) -> None:
    assert share_from_bytes(share_to_bytes(share)) == share


def test_an_event_names_who_did_it_unless_time_alone_did() -> None:
    said = sharing_pb2.ShareEvent.FromString(write_event("s-1", event("withdrawn"), WHO))
    assert (said.hall, said.by.role, said.by.department, said.by.person) == ("yushu", WHO.role, WHO.department, "7")
    alone = sharing_pb2.ShareEvent.FromString(write_event("s-1", event("expired"), None))
    assert (alone.hall, alone.HasField("by")) == ("", False)


SECRET = "secret-purpose"
BROKEN: list[dict[str, Any]] = [{"phase": SECRET}, {"sharing": SECRET}, {"flags": [SECRET]}]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: next(iter(broken)))
def test_a_share_of_a_later_release_is_not_half_read(broken: dict[str, Any]) -> None:
    said = write_share(Share(phase=SharePhase.GRANTED, application=application(), grant=granted()))
    for name, value in broken.items():
        said.ClearField(name)
        said.MergeFrom(sharing_pb2.Share(**{name: value}))
    with pytest.raises(MessageMalformed) as refused:
        share_from_bytes(said.SerializeToString())
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("change", [{"manner": SECRET}, {"term": sharing_pb2.Term(start="2026-13-01")}, {"term": sharing_pb2.Term()}])
def test_an_application_of_a_later_release_is_not_half_read(change: dict[str, Any]) -> None:
    said = sharing_pb2.ShareEvent.FromString(write_event("s-1", event("applied"), WHO))
    for name in change:
        said.application.ClearField(name)
    said.application.MergeFrom(sharing_pb2.ShareApplication(**change))
    with pytest.raises(MessageMalformed):
        read_event(said.SerializeToString())


def test_bytes_that_are_no_message_are_not_read() -> None:
    for read in (read_event, share_from_bytes):
        with pytest.raises(MessageMalformed):
            read(b"\xff\xff")
