"""How a licence stands is the fold of its acts, however they come; what cannot follow is kept aside and changes nothing."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.licences.acts import Act, Objection
from directory.licences.identifiers import LicenceId
from directory.licences.lifecycle import Licence, Version, apply, fold, status_at
from directory.licences.vocabulary import ENDINGS, LISTED_AS, STATUS_AFTER, ActKind, Fault, Ground, Status
from tests.directory.licences.made import FIRST, NOON, act

LATER = NOON + timedelta(days=400)
SECOND, THIRD = FIRST.next_version(), FIRST.next_version().next_version()
acts = st.builds(act, st.sampled_from(ActKind), st.sampled_from([SECOND, THIRD, SECOND, FIRST])).filter(
    lambda one: one.previous is None or one.previous.version > 0
)


def stands(*done: Act) -> Version:
    folded = fold(Licence(), done)
    assert folded.passed == ()
    return folded.versions[-1]


def refused(*done: Act) -> Fault:
    *before, last = done
    newest = stands(*before) if before else None
    found = apply(newest, last)
    assert isinstance(found, Objection)
    return found.fault


def test_what_is_issued_is_valid() -> None:
    assert stands(act()) == Version(FIRST, Status.VALID, act().effective_at)


def test_a_change_makes_the_next_version_and_supersedes_the_one_before() -> None:
    folded = fold(Licence(), [act(), act(ActKind.CHANGED, SECOND), act(ActKind.RENEWED, THIRD)])
    assert [version.status for version in folded.versions] == [Status.SUPERSEDED, Status.SUPERSEDED, Status.VALID]
    assert [version.licence for version in folded.versions] == [FIRST, SECOND, THIRD]


def test_a_version_may_not_be_skipped_nor_come_again() -> None:
    assert refused(act(), act(ActKind.CHANGED, THIRD)) is Fault.OUT_OF_TURN
    assert refused(act(), act(ActKind.CHANGED, THIRD, previous=FIRST)) is Fault.OUT_OF_TURN
    assert refused(act(), act(ActKind.CHANGED, SECOND), act(ActKind.RENEWED, SECOND)) is Fault.OUT_OF_TURN


def test_a_suspension_ends_with_a_resumption_alone() -> None:
    assert stands(act(), act(ActKind.SUSPENDED), act(ActKind.RESUMED)).status is Status.VALID
    assert refused(act(), act(ActKind.RESUMED)) is Fault.OUT_OF_TURN
    assert refused(act(), act(ActKind.SUSPENDED), act(ActKind.SUSPENDED)) is Fault.OUT_OF_TURN
    assert refused(act(), act(ActKind.SUSPENDED), act(ActKind.RENEWED, SECOND)) is Fault.OUT_OF_TURN


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("before", [(), (act(ActKind.SUSPENDED),)])
def test_a_living_licence_may_be_ended_in_four_ways(ending: ActKind, before: tuple[Act, ...]) -> None:
    assert stands(act(), *before, act(ending)).status is STATUS_AFTER[ending]


@pytest.mark.parametrize("ending", [ActKind.ANNULLED, ActKind.WITHDRAWN, ActKind.REVOKED])
def test_after_an_ending_only_the_cancellation_for_it_may_follow(ending: ActKind) -> None:
    ended = (act(), act(ending))
    for kind in ActKind:
        if kind not in {ActKind.ISSUED, ActKind.CHANGED, ActKind.RENEWED}:
            assert refused(*ended, act(kind)) is Fault.OUT_OF_TURN
    assert stands(*ended, act(ActKind.CANCELLED, ground=Ground.ENDED_BEFORE)).status is Status.CANCELLED


def test_what_was_not_ended_before_is_not_cancelled_for_it() -> None:
    assert refused(act(), act(ActKind.CANCELLED, ground=Ground.ENDED_BEFORE)) is Fault.OUT_OF_TURN


@pytest.mark.parametrize("last", [act(ActKind.CANCELLED), act(ActKind.SUPERSEDED)])
def test_nothing_follows_on_a_cancelled_or_superseded_licence(last: Act) -> None:
    for kind in ActKind:
        licence = SECOND if kind in {ActKind.CHANGED, ActKind.RENEWED} else FIRST
        wanted = Fault.ISSUED_TWICE if kind is ActKind.ISSUED else Fault.OUT_OF_TURN
        assert refused(act(), last, act(kind, licence)) is wanted


def test_a_licence_that_nobody_issued_is_not_ended() -> None:
    assert refused(act(ActKind.ANNULLED)) is Fault.UNKNOWN_LICENCE


def test_a_licence_is_issued_once() -> None:
    assert refused(act(), act()) is Fault.ISSUED_TWICE
    assert refused(act(), act(licence=SECOND)) is Fault.ISSUED_TWICE


def test_an_older_version_is_left_alone() -> None:
    assert refused(act(), act(ActKind.CHANGED, SECOND), act(ActKind.ANNULLED)) is Fault.OUT_OF_TURN


@given(st.lists(acts, max_size=12), st.lists(st.integers(0, 12), max_size=4))
def test_batches_make_no_difference(done: list[Act], cuts: list[int]) -> None:
    whole = fold(Licence(), [act(), *done])
    licence = fold(Licence(), [act()])
    bounds = [0, *sorted(min(cut, len(done)) for cut in cuts), len(done)]
    for start, end in pairwise(bounds):
        licence = fold(licence, done[start:end])
    assert licence == whole


@given(st.lists(acts, max_size=12))
def test_what_did_not_count_changes_nothing_and_is_kept(done: list[Act]) -> None:
    given_acts = [act(), *done]
    whole = fold(Licence(), given_acts)
    passed = {one.place for one in whole.passed}
    kept = fold(Licence(), [one for place, one in enumerate(given_acts) if place not in passed])
    assert kept.versions == whole.versions
    assert kept.passed == ()
    assert whole.acts == len(given_acts)


@given(st.lists(acts, max_size=12))
def test_versions_are_counted_up_and_only_the_newest_lives(done: list[Act]) -> None:
    versions = fold(Licence(), [act(), *done]).versions
    assert [one.licence.version for one in versions] == list(range(1, len(versions) + 1))
    assert all(one.status is Status.SUPERSEDED for one in versions[:-1])


def test_expiry_is_by_the_calendar_and_hides_no_ending() -> None:
    assert status_at(Status.VALID, LATER, LATER - timedelta(seconds=1)) is Status.VALID
    assert status_at(Status.VALID, LATER, LATER) is Status.EXPIRED
    assert status_at(Status.SUSPENDED, LATER, LATER) is Status.EXPIRED
    assert status_at(Status.REVOKED, LATER, LATER) is Status.REVOKED
    assert status_at(Status.VALID, None, datetime(2999, 1, 1, tzinfo=UTC)) is Status.VALID


def test_a_status_list_says_valid_only_of_what_is() -> None:
    assert {status for status, value in LISTED_AS.items() if value == 0} == {Status.VALID, Status.EXPIRED}
    assert LISTED_AS.keys() == set(Status)


def test_a_version_of_another_licence_is_no_next_one() -> None:
    stranger = LicenceId(FIRST.type, FIRST.issuer, "9", 2)
    assert refused(act(), act(ActKind.CHANGED, stranger, previous=FIRST)) is Fault.OUT_OF_TURN
