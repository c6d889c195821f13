"""The register is what the last change of each place says, whoever folds it and in whatever order."""

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from directory.register.changes import Change, Place
from directory.register.fold import Documents, Register, changed, digest

PLACES = st.builds(
    Place, st.sampled_from(["hall", "rule", "later-kind"]), st.sampled_from(["a", "b", "é", "z"]), st.sampled_from(["", "1"])
)
CHANGES = st.lists(st.builds(Change, PLACES, st.one_of(st.none(), st.sampled_from(['{"a":1}', '{"a":2}']))), max_size=30)


def folded(changes: Sequence[tuple[int, Change]]) -> Register:
    register = Register()
    for ledger_index, change in changes:
        register.apply(change, ledger_index)
    return register


def one_by_one(changes: Sequence[Change]) -> Documents:
    """Fold in the plainest way: a change after the other."""
    return changed({}, changes)


@given(CHANGES, st.randoms(use_true_random=False), st.integers(0, 5))
def test_any_order_of_taking_in_gives_the_fold_in_the_order_of_the_ledger(changes: list[Change], chance: random.Random, again: int) -> None:
    stood = list(enumerate(changes))
    shuffled = stood + stood[:again]  # some are taken in twice
    chance.shuffle(shuffled)
    register = folded(shuffled)
    assert register.documents() == one_by_one(changes)
    assert len(register) == len(one_by_one(changes))
    assert register.newest == len(changes) - 1


@given(CHANGES, CHANGES)
def test_digests_are_the_same_exactly_when_the_documents_are(one: list[Change], other: list[Change]) -> None:
    same = one_by_one(one) == one_by_one(other)
    assert (folded(list(enumerate(one))).digest() == folded(list(enumerate(other))).digest()) == same


def test_a_digest_tells_where_one_word_ends_and_the_next_begins() -> None:
    assert digest([(Place("a", "bc"), "{}")]) != digest([(Place("ab", "c"), "{}")])
    assert digest([]) == Register().digest()


def test_what_was_removed_stays_removed_when_an_older_change_comes_again() -> None:
    put, gone = Change(Place("hall", "a"), "{}"), Change(Place("hall", "a"), None)
    assert folded([(7, gone), (3, put)]).documents() == {}
    assert folded([(3, put), (7, gone), (9, put)]).documents() == {Place("hall", "a"): "{}"}
