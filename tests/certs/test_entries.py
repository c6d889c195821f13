import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs import entries
from certs.entries import ACCEPTED, ERASED, FULL, HELD, LEDGER_KEY, LEDGER_MESSAGE, REFUSED, WITHDRAWN, InboxLeaf, LedgerEntry
from certs.errors import MalformedEntry
from certs.merkle import leaf_hash
from tongban.exchange.v1 import exchange_pb2

HASH = st.binary(min_size=32, max_size=32)
U32, U64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
HALLS = st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True)
KINDS, DISPOSITIONS, FORMS = (st.sampled_from([1, 2]), st.sampled_from([1, 2, 3]), st.sampled_from([1, 2, 3]))
LEDGER_ENTRIES = st.builds(LedgerEntry, KINDS, DISPOSITIONS, HALLS, U32, U64, HASH, U64, HASH, U64, HASH)
INBOX_LEAVES = st.builds(InboxLeaf, U64, HASH, FORMS)

ENTRY = LedgerEntry(LEDGER_MESSAGE, ACCEPTED, "gongzhuling", 1, 41, bytes([1] * 32), 1_790_000_000_000, bytes([2] * 32), 3, bytes([4] * 32))


def test_the_numbers_are_those_of_the_contract() -> None:
    assert (LEDGER_MESSAGE, LEDGER_KEY) == (exchange_pb2.LEDGER_KIND_MESSAGE, exchange_pb2.LEDGER_KIND_KEY)
    assert (ACCEPTED, REFUSED, HELD) == (exchange_pb2.DISPOSITION_ACCEPTED, exchange_pb2.DISPOSITION_REFUSED, exchange_pb2.DISPOSITION_HELD)
    assert (FULL, WITHDRAWN, ERASED) == (exchange_pb2.FORM_FULL, exchange_pb2.FORM_WITHDRAWN, exchange_pb2.FORM_ERASED)


@given(LEDGER_ENTRIES)
def test_a_ledger_entry_survives_its_encoding(entry: LedgerEntry) -> None:
    assert LedgerEntry.decode(entry.encode()) == entry


@given(INBOX_LEAVES)
def test_an_inbox_leaf_survives_its_encoding(leaf: InboxLeaf) -> None:
    assert InboxLeaf.decode(leaf.encode()) == leaf


@given(LEDGER_ENTRIES, LEDGER_ENTRIES)
def test_different_entries_have_different_bytes(one: LedgerEntry, other: LedgerEntry) -> None:
    assert (one.encode() == other.encode()) == (one == other)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": 0},
        {"kind": 3},
        {"disposition": 0},
        {"disposition": 4},
        {"author": ""},
        {"author": "a" * 64},
        {"author": "公主岭"},
        {"author": "Gongzhuling"},
        {"author": "*"},
        {"epoch": -1},
        {"epoch": 2**32},
        {"index": -1},
        {"index": 2**64},
        {"accepted_at": -1},
        {"key_count": 2**64},
        {"envelope_leaf": bytes(31)},
        {"recipients_hash": bytes(33)},
        {"key_chain": b""},
    ],
)
def test_a_part_out_of_range_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedEntry):
        replace(ENTRY, **changes).encode()  # type: ignore[arg-type]  # wrong on purpose


@given(st.binary(max_size=220) | LEDGER_ENTRIES.map(LedgerEntry.encode).flatmap(lambda data: st.integers(0, 200).map(lambda at: data[:at])))
def test_foreign_bytes_give_only_our_error_and_one_spelling(data: bytes) -> None:
    with contextlib.suppress(MalformedEntry):
        assert LedgerEntry.decode(data).encode() == data
    with contextlib.suppress(MalformedEntry):
        assert InboxLeaf.decode(data).encode() == data


@pytest.mark.parametrize("data", [b"", b"\x02" + ENTRY.encode()[1:], ENTRY.encode() + b"\0", ENTRY.encode()[:-1]])
def test_another_version_or_length_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedEntry):
        LedgerEntry.decode(data)


@given(LEDGER_ENTRIES, st.integers(0, 2**63), st.lists(st.tuples(HASH, DISPOSITIONS, HASH), max_size=8))
def test_a_batch_has_the_leaf_hashes_of_its_entries(entry: LedgerEntry, first: int, parts: list[tuple[bytes, int, bytes]]) -> None:
    indices = range(first, first + len(parts))
    batch = [
        replace(entry, index=index, envelope_leaf=leaf, disposition=disposition, recipients_hash=recipients)
        for index, (leaf, disposition, recipients) in zip(indices, parts, strict=True)
    ]
    hashes = entries.ledger_leaf_hashes(
        kind=entry.kind,
        author=entry.author,
        epoch=entry.epoch,
        indices=indices,
        leaves=[leaf for leaf, _, _ in parts],
        dispositions=[disposition for _, disposition, _ in parts],
        accepted_at_ms=entry.accepted_at,
        recipients_hashes=[recipients for _, _, recipients in parts],
        key_count=entry.key_count,
        key_chain=entry.key_chain,
    )
    assert hashes == [leaf_hash(one.encode()) for one in batch]


def batch_of_two(**changes: object) -> list[bytes]:
    parts: dict[str, object] = {
        "kind": LEDGER_MESSAGE,
        "author": "gongzhuling",
        "epoch": 1,
        "indices": range(41, 43),
        "leaves": [bytes([1] * 32)] * 2,
        "dispositions": (),
        "accepted_at_ms": 1_790_000_000_000,
        "recipients_hashes": [bytes([2] * 32)] * 2,
        "key_count": 3,
        "key_chain": bytes([4] * 32),
    }
    return entries.ledger_leaf_hashes(**(parts | changes))  # type: ignore[arg-type]  # some are wrong on purpose


def test_a_batch_without_dispositions_is_accepted_throughout() -> None:
    assert batch_of_two()[0] == leaf_hash(ENTRY.encode())
    assert batch_of_two() == batch_of_two(dispositions=[ACCEPTED, ACCEPTED]) != batch_of_two(dispositions=[ACCEPTED, HELD])


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": 0},
        {"author": "Gongzhuling"},
        {"epoch": 2**32},
        {"indices": range(41, 42)},
        {"indices": [2**64, 1]},
        {"leaves": [bytes(31), bytes(33)]},
        {"leaves": [bytes(32)]},
        {"dispositions": [1]},
        {"dispositions": [1, 4]},
        {"accepted_at_ms": -1},
        {"recipients_hashes": [bytes(32)] * 3},
        {"recipients_hashes": [bytes(32), b""]},
        {"key_count": -1},
        {"key_chain": bytes(31)},
    ],
)
def test_a_batch_out_of_range_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedEntry):
        batch_of_two(**changes)


@given(st.lists(INBOX_LEAVES, max_size=8))
def test_inbox_leaves_have_the_hashes_of_their_encodings(leaves: list[InboxLeaf]) -> None:
    indices, ledger_leaves, forms = [x.ledger_index for x in leaves], [x.ledger_leaf for x in leaves], [x.form for x in leaves]
    assert entries.inbox_leaf_hashes(indices, ledger_leaves, forms) == [leaf_hash(leaf.encode()) for leaf in leaves]


def test_inbox_leaves_without_forms_are_full() -> None:
    assert entries.inbox_leaf_hashes([7], [bytes(32)], ()) == [leaf_hash(InboxLeaf(7, bytes(32), FULL).encode())]


@pytest.mark.parametrize(
    ("indices", "leaves", "forms"),
    [
        ([1], [], []),
        ([1], [bytes(32)], [1, 1]),
        ([1], [bytes(31)], []),
        ([1], [bytes(32)], [0]),
        ([1], [bytes(32)], [4]),
        ([2**64], [bytes(32)], []),
        ([-1], [bytes(32)], []),
    ],
)
def test_inbox_leaves_out_of_range_are_refused(indices: list[int], leaves: list[bytes], forms: list[int]) -> None:
    with pytest.raises(MalformedEntry):
        entries.inbox_leaf_hashes(indices, leaves, forms)


@pytest.mark.parametrize("form", [0, 4])
def test_an_inbox_leaf_of_no_known_form_is_refused(form: int) -> None:
    with pytest.raises(MalformedEntry):
        InboxLeaf.decode(bytes(40) + bytes([form]))
    with pytest.raises(MalformedEntry):
        InboxLeaf(0, bytes(32), form).encode()


@given(st.lists(HALLS, max_size=6))
def test_the_order_and_number_of_recipients_do_not_matter(names: list[str]) -> None:
    assert entries.recipients_hash(names) == entries.recipients_hash([*reversed(names), *names])


def test_recipients_are_told_apart() -> None:
    hashes = {entries.recipients_hash(names) for names in [[], ["ab"], ["a", "b"], ["a", "bc"], ["ab", "c"], ["*"]]}
    assert len(hashes) == 6


@pytest.mark.parametrize("name", ["", "公主岭", "a" * 256])
def test_a_recipient_without_a_name_in_ascii_is_refused(name: str) -> None:
    with pytest.raises(MalformedEntry):
        entries.recipients_hash([name])


def test_a_key_chain_depends_on_every_entry_and_their_order() -> None:
    one, other = bytes([1] * 32), bytes([2] * 32)
    forth = entries.next_chain(entries.next_chain(entries.GENESIS_CHAIN, one), other)
    back = entries.next_chain(entries.next_chain(entries.GENESIS_CHAIN, other), one)
    assert forth != back != entries.GENESIS_CHAIN
