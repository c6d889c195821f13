"""Pin the bytes of ledger and inbox leaves: every receipt, delivery and evidence file rests on them."""

from certs import entries
from certs.entries import ERASED, GENESIS_CHAIN, LEDGER_MESSAGE, REFUSED, InboxLeaf, LedgerEntry
from certs.merkle import leaf_hash

ENTRY = LedgerEntry(
    kind=LEDGER_MESSAGE,
    disposition=REFUSED,
    author="gongzhuling",
    epoch=7,
    index=0x0102030405060708,
    envelope_leaf=bytes([0xA1] * 32),
    accepted_at=1_790_000_000_000,
    recipients_hash=bytes([0xB2] * 32),
    key_count=3,
    key_chain=bytes([0xC3] * 32),
)
ENTRY_BYTES = (
    "01"  # version
    "01"  # kind: message
    "02"  # disposition: refused
    "0b676f6e677a68756c696e67"  # author
    "00000007"  # epoch
    "0102030405060708"  # index
    + "a1" * 32  # envelope leaf hash
    + "000001a0c4506c00"  # accepted at
    + "b2" * 32  # recipients hash
    + "0000000000000003"  # key count
    + "c3" * 32  # key chain
)
INBOX_BYTES = "0102030405060708" + "d4" * 32 + "03"


def test_a_ledger_entry_keeps_its_bytes() -> None:
    assert ENTRY.encode().hex() == ENTRY_BYTES
    assert LedgerEntry.decode(bytes.fromhex(ENTRY_BYTES)) == ENTRY


def test_a_batch_of_ledger_entries_keeps_its_leaf_hashes() -> None:
    hashes = entries.ledger_leaf_hashes(
        kind=ENTRY.kind,
        author=ENTRY.author,
        epoch=ENTRY.epoch,
        indices=[ENTRY.index],
        leaves=[ENTRY.envelope_leaf],
        dispositions=[ENTRY.disposition],
        accepted_at_ms=ENTRY.accepted_at,
        recipients_hashes=[ENTRY.recipients_hash],
        key_count=ENTRY.key_count,
        key_chain=ENTRY.key_chain,
    )
    assert hashes == [leaf_hash(bytes.fromhex(ENTRY_BYTES))]


def test_an_inbox_leaf_keeps_its_bytes() -> None:
    leaf = InboxLeaf(0x0102030405060708, bytes([0xD4] * 32), ERASED)
    assert leaf.encode().hex() == INBOX_BYTES
    assert InboxLeaf.decode(bytes.fromhex(INBOX_BYTES)) == leaf
    assert entries.inbox_leaf_hashes([leaf.ledger_index], [leaf.ledger_leaf], [ERASED]) == [leaf_hash(bytes.fromhex(INBOX_BYTES))]


def test_recipients_keep_their_hash() -> None:
    # SHA-256 of 01 "*" 0b "gongzhuling" 08 "meihekou"
    expected = "51cddb01695d2836b46a5d7c27cd3508118d2bbb0b151ba11e204697561786ad"
    assert entries.recipients_hash(["meihekou", "*", "gongzhuling", "meihekou"]).hex() == expected


def test_a_key_chain_keeps_its_hash() -> None:
    # SHA-256 of 32 zero bytes and 32 bytes a1
    expected = "54cd99ee217a4e5c6ed9a1a34749b8b84ef7ce138bf212c9d26cca580cfee8d7"
    assert entries.next_chain(GENESIS_CHAIN, bytes([0xA1] * 32)).hex() == expected
