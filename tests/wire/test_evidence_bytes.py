"""Pin evidence files: what was exported once has to verify for decades, here and in other people's verifiers."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from certs.evidence import Evidence, KeyRecord, MessagePart, ProvincePart, ReceiptPart, decode, encode
from certs.evidence_findings import Verdict
from certs.identity import read_certificate
from certs.verifier import Verifier

FOLDER = Path(__file__).parent / "evidence"
EXPORTED = FOLDER / "version-1.evidence"

LAYOUT = Evidence(
    ProvincePart("c", "lc", (KeyRecord(0x0102030405060708, b"le", b"env"),), b"head", (bytes([0xA1] * 32),)),
    MessagePart(b"envelope", "jc", (bytes([0xB2] * 32),), 9, b"entry", (), "ec", (bytes([0xC3] * 32),)),
    (ReceiptPart("rc", 5, bytes([0xD4] * 41), (bytes([0xE5] * 32),)),),
)
LAYOUT_BYTES = (
    "746f6e6762616e2d65766964656e6365"  # magic: tongban-evidence
    "0001"  # version
    "00000050"  # province part
    "00000001 63"  # charter
    "00000002 6c63"  # ledger checkpoint
    "00000015"  # key entries
    "0102030405060708 00000002 6c65 00000003 656e76"  # ledger index, ledger entry, envelope
    "00000004 68656164"  # head
    "00000020" + "a1" * 32 +  # proof of the key entries
    "00000075"  # message part
    "00000008 656e76656c6f7065"  # envelope
    "00000002 6a63"  # journal checkpoint
    "00000020" + "b2" * 32 +  # journal proof
    "0000000000000009"  # ledger index
    "00000005 656e747279"  # ledger entry
    "00000000"  # ledger proof
    "00000002 6563"  # earlier checkpoint
    "00000020" + "c3" * 32 +  # earlier proof
    "0000005b"  # receipts
    "00000002 7263"  # inbox checkpoint
    "0000000000000005"  # inbox index
    + "d4" * 41 +  # inbox leaf
    "00000020" + "e5" * 32  # inbox proof
)  # fmt: skip


def test_every_field_keeps_its_place() -> None:
    assert encode(LAYOUT) == bytes.fromhex(LAYOUT_BYTES)
    assert decode(bytes.fromhex(LAYOUT_BYTES)) == LAYOUT


def test_a_file_that_was_exported_once_still_says_the_same() -> None:
    data = EXPORTED.read_bytes()
    assert sha256(data).hexdigest() == "f6460da983d77c40ad7e38f68fcb13d99de16f4c0114bd3bfc392a358355faf9"
    assert encode(decode(data)) == data
    found = Verifier(read_certificate((FOLDER / "root.pem").read_bytes())).verify(data)
    assert found.verdict is Verdict.PROVED
    assert found.at_the_latest is not None
    assert found.at_the_latest.at == datetime(2026, 11, 23, 8, 0, 40, tzinfo=UTC)
    assert (found.sender.hall, found.sender.index, found.acceptance.ledger_index) == ("huadian", 1, 7)
    assert [(one.hall, one.index) for one in found.received] == [("changchun", 5), ("jilin", 7)]
