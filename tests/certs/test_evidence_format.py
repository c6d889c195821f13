from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs import evidence
from certs.errors import MalformedEvidence
from certs.evidence import MAGIC, Evidence, KeyRecord, MessagePart, ProvincePart, ReceiptPart, decode, encode

texts = st.text(st.characters(codec="utf-8"), max_size=40)
data = st.binary(max_size=60)
numbers = st.integers(0, 2**64 - 1)
proofs = st.lists(st.binary(min_size=32, max_size=32), max_size=3).map(tuple)

key_records = st.builds(KeyRecord, numbers, data, data)
keys = st.lists(key_records, max_size=3, unique_by=lambda key: key.ledger_index).map(
    lambda found: tuple(sorted(found, key=lambda key: key.ledger_index))
)
messages = st.builds(MessagePart, data, texts, proofs, numbers, data, proofs, texts.filter(bool), proofs)
receipts = st.builds(ReceiptPart, texts, numbers, st.binary(min_size=41, max_size=41), proofs)
receipt_lists = st.lists(receipts, max_size=3, unique_by=lambda receipt: receipt.origin).map(
    lambda found: tuple(sorted(found, key=lambda receipt: receipt.origin))
)
files = st.builds(Evidence, st.builds(ProvincePart, texts, texts, keys, data, proofs), messages, receipt_lists)

SMALL = Evidence(
    ProvincePart("charter", "checkpoint", (KeyRecord(1, b"entry", b"key"), KeyRecord(2, b"entry", b"key")), b"head", (bytes(32),)),
    MessagePart(b"envelope", "journal", (bytes(32),), 9, b"entry", (), "earlier", (bytes(32),)),
    (ReceiptPart("a\n", 0, bytes(41), ()), ReceiptPart("b\n", 1, bytes(41), (bytes(32),))),
)


@given(files)
def test_a_file_is_read_back_as_it_was_written(file: Evidence) -> None:
    assert decode(encode(file)) == file


@given(st.data())
def test_whatever_is_read_has_one_spelling(draw: st.DataObject) -> None:
    whole = bytearray(encode(draw.draw(files)))
    for _ in range(draw.draw(st.integers(1, 3))):
        whole[draw.draw(st.integers(0, len(whole) - 1))] = draw.draw(st.integers(0, 255))
    try:
        found = decode(bytes(whole))
    except MalformedEvidence:
        return
    assert encode(found) == bytes(whole)


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    for beginning in (b"", MAGIC, MAGIC + b"\0\1"):
        with pytest.raises(MalformedEvidence):
            decode(beginning + noise)


def test_every_truncation_and_every_byte_too_many_is_refused() -> None:
    whole = encode(SMALL)
    for end in range(len(whole)):
        with pytest.raises(MalformedEvidence):
            decode(whole[:end])
    for surplus in (b"\0", b"\0\0\0\0", whole):
        with pytest.raises(MalformedEvidence):
            decode(whole + surplus)


def test_what_is_not_in_order_is_refused() -> None:
    first, second = SMALL.province.keys
    one, other = SMALL.receipts
    for keys in ((second, first), (first, first)):
        with pytest.raises(MalformedEvidence, match="key entry 2: not in ledger order"):
            decode(encode(replace(SMALL, province=replace(SMALL.province, keys=keys))))
    for receipts in ((other, one), (one, one)):
        with pytest.raises(MalformedEvidence, match="receipt 2: not in the order"):
            decode(encode(replace(SMALL, receipts=receipts)))


def test_a_proof_without_its_checkpoint_is_refused() -> None:
    with pytest.raises(MalformedEvidence, match="earlier proof"):
        decode(encode(replace(SMALL, message=replace(SMALL.message, earlier_checkpoint=""))))


def test_another_version_is_refused_by_its_number() -> None:
    whole = encode(SMALL)
    with pytest.raises(MalformedEvidence, match="version: 2,"):
        decode(whole[: len(MAGIC)] + b"\0\2" + whole[len(MAGIC) + 2 :])


def test_something_else_is_not_called_evidence() -> None:
    with pytest.raises(MalformedEvidence, match="not an evidence file"):
        decode(b"-----BEGIN CERTIFICATE-----")


def test_a_file_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MAX_EVIDENCE_BYTES", 100)
    with pytest.raises(MalformedEvidence, match="longer than 100 bytes"):
        decode(bytes(101))
