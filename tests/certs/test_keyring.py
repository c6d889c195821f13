from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from certs.charter import Charter
from certs.entries import GENESIS_CHAIN
from certs.errors import ContradictoryKeyEntry, MalformedKeyEntry, UnknownKey
from certs.key_entries import Introduction, Revocation, Succession
from certs.keyring import Keyring
from certs.keys import generate_hpke_key
from certs.names import inbox_origin, journal_origin, ledger_origin, registry_name, witness_name
from certs.notes import COSIGNATURE, ED25519, parse_vkey, vkey

DOMAIN = "jilin.test"
HPKE = generate_hpke_key().public_key().public_bytes_raw()
LEAF = sha256(b"a leaf").digest()
SEEDS: Iterator[int] = count(1000)


def key(name: str, algorithm: int = ED25519, seed: int | None = None) -> str:
    number = next(SEEDS) if seed is None else seed
    return vkey(name, algorithm, Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big")).public_key())


def introduction(hall: str = "huadian", epoch: int = 1, *, log: int | None = None, cosigning: int | None = None) -> Introduction:
    witness = key(witness_name(DOMAIN, hall), COSIGNATURE, cosigning)
    return Introduction(hall, epoch, key(journal_origin(DOMAIN, hall, epoch), seed=log), witness, HPKE)


def succession(index: int, hall: str = "huadian", epoch: int = 1, seed: int | None = None) -> Succession:
    return Succession(hall, epoch, index, key(journal_origin(DOMAIN, hall, epoch), seed=seed))


CHARTER = Charter(
    DOMAIN, 1, key(ledger_origin(DOMAIN, 1), seed=1), key(journal_origin(DOMAIN, "hub", 2), seed=2), key(registry_name(DOMAIN), seed=3)
)


@pytest.fixture
def ring() -> Keyring:
    return Keyring(CHARTER)


def test_the_chain_is_that_of_the_ledger_entries(ring: Keyring) -> None:
    assert (ring.count, ring.chain) == (0, GENESIS_CHAIN)
    ring.apply(4, b"\1" * 32, introduction())
    first = sha256(bytes(32) + b"\1" * 32).digest()
    assert (ring.count, ring.chain, ring.ledger_index) == (1, first, 4)
    ring.apply(9, b"\2" * 32, introduction("changchun"))
    assert (ring.count, ring.chain, ring.ledger_index) == (2, sha256(first + b"\2" * 32).digest(), 9)
    assert list(ring.halls()) == ["huadian", "changchun"]


def test_the_hubs_own_journal_is_signed_by_the_charters_key(ring: Keyring) -> None:
    assert ring.log_key("hub", 2, 0).vkey == CHARTER.journal
    assert ring.revoked_at("hub", 2) is None
    for epoch in (1, 3):
        with pytest.raises(UnknownKey):
            ring.log_key("hub", epoch, 10)
        with pytest.raises(UnknownKey):
            ring.revoked_at("hub", epoch)


def test_the_batch_with_the_rotation_leaf_is_the_predecessors_last(ring: Keyring) -> None:
    first, second, third = introduction(), succession(9), succession(10)
    ring.apply(0, LEAF, first)
    ring.apply(1, LEAF, second)
    ring.apply(2, LEAF, third)
    expected = {0: first.log, 1: first.log, 9: first.log, 10: first.log, 11: second.successor, 12: third.successor, 2**40: third.successor}
    assert {size: ring.log_key("huadian", 1, size).vkey for size in expected} == expected


def test_either_key_signs_the_inbox_under_the_inboxes_name(ring: Keyring) -> None:
    first, second = introduction(), succession(9)
    ring.apply(0, LEAF, first)
    ring.apply(1, LEAF, second)
    found = ring.inbox_keys("huadian", 1)
    assert [verifier.encoded for verifier in found] == [parse_vkey(first.log).encoded, parse_vkey(second.successor).encoded]
    assert {verifier.name for verifier in found} == {inbox_origin(DOMAIN, "huadian", 1)}


def test_a_new_epoch_leaves_the_old_keys_verifiable(ring: Keyring) -> None:
    first, second = introduction(), introduction(epoch=2)
    ring.apply(3, LEAF, first)
    ring.apply(10, LEAF, Revocation("huadian", 1, 7, "key-lost"))
    ring.apply(11, LEAF, second)
    assert ring.log_key("huadian", 1, 5).vkey == first.log
    assert ring.log_key("huadian", 2, 5).vkey == second.log
    assert (ring.revoked_at("huadian", 1), ring.revoked_at("huadian", 2)) == (7, None)
    assert (ring.introduced_at("huadian", 1), ring.introduced_at("huadian", 2)) == (3, 11)
    assert ring.epoch("huadian") == 2
    assert ring.cosigning_key("huadian").vkey == second.cosigning
    assert ring.hpke_key("huadian") == HPKE


def test_a_cosigning_key_counts_for_the_ledger_sizes_of_its_epoch(ring: Keyring) -> None:
    first, second = introduction(), introduction(epoch=2)
    ring.apply(3, LEAF, first)
    ring.apply(10, LEAF, Revocation("huadian", 1, 7, "key-lost"))
    ring.apply(20, LEAF, second)
    expected = {4: first.cosigning, 7: first.cosigning, 21: second.cosigning}
    assert {size: ring.cosigning_key("huadian", size).vkey for size in expected} == expected
    for size in (0, 3, 8, 20):
        with pytest.raises(UnknownKey):
            ring.cosigning_key("huadian", size)


def test_a_revoked_hall_has_no_key_for_today_and_keeps_those_of_yesterday(ring: Keyring) -> None:
    act = introduction()
    ring.apply(3, LEAF, act)
    ring.apply(10, LEAF, Revocation("huadian", 1, 10, "hall-closed"))
    assert ring.log_key("huadian", 1, 1).vkey == act.log
    assert ring.revoked_at("huadian", 1) == 10
    with pytest.raises(UnknownKey):
        ring.cosigning_key("huadian")
    with pytest.raises(UnknownKey):
        ring.hpke_key("huadian")


def test_a_revocation_may_be_dated_back_and_never_forward(ring: Keyring) -> None:
    ring.apply(3, LEAF, introduction())
    with pytest.raises(ContradictoryKeyEntry):
        ring.apply(10, LEAF, Revocation("huadian", 1, 11, "key-lost"))
    ring.apply(10, LEAF, Revocation("huadian", 1, 8, "key-lost"))
    with pytest.raises(ContradictoryKeyEntry):
        ring.apply(11, LEAF, Revocation("huadian", 1, 8, "key-lost"))
    ring.apply(11, LEAF, Revocation("huadian", 1, 5, "key-stolen"))
    assert ring.revoked_at("huadian", 1) == 5


def test_nobody_knows_keys_that_were_not_introduced(ring: Keyring) -> None:
    ring.apply(0, LEAF, introduction())
    for ask in (ring.log_key, ring.inbox_keys, ring.revoked_at, ring.introduced_at):
        for hall, epoch in (("huadian", 2), ("changchun", 1)):
            size = (5,) if ask == ring.log_key else ()
            with pytest.raises(UnknownKey):
                ask(hall, epoch, *size)
    for ask_hall in (ring.epoch, ring.cosigning_key, ring.hpke_key):
        with pytest.raises(UnknownKey):
            ask_hall("changchun")
    with pytest.raises(UnknownKey):
        ring.apply(1, LEAF, succession(1, "changchun"))
    with pytest.raises(UnknownKey):
        ring.apply(1, LEAF, Revocation("huadian", 2, 0, "key-lost"))


def test_a_contradiction_is_refused_and_changes_nothing(ring: Keyring) -> None:
    ring.apply(5, LEAF, introduction(epoch=2, log=501, cosigning=502))
    ring.apply(6, LEAF, succession(9, epoch=2, seed=503))
    before = (ring.count, ring.chain, ring.ledger_index, list(ring.halls()), ring.log_key("huadian", 2, 10**6))
    wrong: list[tuple[int, Introduction | Succession]] = [
        (6, introduction("changchun")),
        (7, introduction(epoch=2)),
        (7, introduction(epoch=1)),
        (7, succession(8, epoch=2)),
        (7, succession(9, epoch=2)),
        (7, introduction(epoch=3, log=501)),
        (7, introduction(epoch=3, cosigning=502)),
        (7, introduction("changchun", log=503)),
        (7, introduction("changchun", cosigning=501)),
        (7, introduction("changchun", log=1)),
        (7, introduction("changchun", log=2)),
        (7, introduction("changchun", log=3)),
        (7, succession(20, epoch=2, seed=501)),
    ]
    for index, act in wrong:
        with pytest.raises(ContradictoryKeyEntry):
            ring.apply(index, LEAF, act)
        assert (ring.count, ring.chain, ring.ledger_index, list(ring.halls()), ring.log_key("huadian", 2, 10**6)) == before
    ring.apply(7, LEAF, Revocation("huadian", 2, 7, "key-lost"))
    with pytest.raises(ContradictoryKeyEntry):
        ring.apply(8, LEAF, succession(20, epoch=2))


def test_keys_of_another_trust_domain_are_refused(ring: Keyring) -> None:
    log, witness = key(journal_origin("other.test", "huadian", 1)), key(witness_name("other.test", "huadian"), COSIGNATURE)
    with pytest.raises(MalformedKeyEntry):
        ring.apply(0, LEAF, Introduction("huadian", 1, log, witness, HPKE))


def test_a_copy_grows_apart(ring: Keyring) -> None:
    ring.apply(0, LEAF, introduction(log=601))
    twin = ring.copy()
    assert (twin.count, twin.chain, twin.ledger_index) == (ring.count, ring.chain, ring.ledger_index)
    twin.apply(1, LEAF, introduction("changchun", log=602))
    twin.apply(2, LEAF, succession(4))
    assert (ring.count, list(ring.halls())) == (1, ["huadian"])
    assert ring.log_key("huadian", 1, 9) != twin.log_key("huadian", 1, 9)
    ring.apply(1, LEAF, introduction("changchun", log=602))
    with pytest.raises(ContradictoryKeyEntry):
        twin.apply(3, LEAF, introduction("dunhua", log=602))


@given(st.lists(st.integers(0, 30), unique=True, max_size=8).map(sorted), st.integers(0, 40))
def test_the_key_of_a_size_is_the_last_whose_leaf_lies_wholly_before_it(indices: list[int], size: int) -> None:
    ring = Keyring(CHARTER)
    act = introduction()
    ring.apply(0, LEAF, act)
    signer = act.log
    for place, index in enumerate(indices, start=1):
        successor = succession(index)
        ring.apply(place, LEAF, successor)
        # Its leaf is in the log at sizes above index; the checkpoint of index + 1 ends the predecessor's last batch.
        if size >= index + 2:
            signer = successor.successor
    assert ring.log_key("huadian", 1, size).vkey == signer
    assert len(ring.inbox_keys("huadian", 1)) == len(indices) + 1


def test_the_hubs_reading_key_is_the_charters(ring: Keyring) -> None:
    with pytest.raises(UnknownKey):
        ring.hpke_key("hub")
    assert Keyring(replace(CHARTER, reading=HPKE)).hpke_key("hub") == HPKE
