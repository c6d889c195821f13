from dataclasses import replace
from typing import Any

import pytest

from certs.entries import LEDGER_KEY, LEDGER_MESSAGE, REFUSED, InboxLeaf, LedgerEntry, recipients_hash
from certs.errors import BrokenEvidence, CertsError, MalformedEvidence
from certs.evidence import ReceiptPart, encode
from certs.evidence_findings import Verdict
from certs.notes import join, split
from certs.verifier import Verifier
from tests.certs.evidence_history import ROOT, History, five_halls, part_that_fails, sent_and_received, signer, verify
from tongban.envelope.v1.envelope_pb2 import Header


@pytest.fixture
def history() -> History:
    return five_halls()


def test_a_ledger_entry_that_the_hub_wrote_anew_is_refused(history: History) -> None:
    sent = sent_and_received(history)
    honest = history.evidence(sent, "changchun", "jilin")
    entry = history.entries[sent.ledger_index]
    other_recipients = recipients_hash(["jilin"])
    for lie in (replace(entry, accepted_at=entry.accepted_at - 1), replace(entry, recipients_hash=other_recipients)):
        lied = replace(honest, message=replace(honest.message, ledger_entry=lie.encode()))
        assert part_that_fails(lied) == "ledger entry, ledger index or ledger proof"


@pytest.mark.parametrize(
    ("lie", "part"),
    [
        ({"entry": {"recipients_hash": recipients_hash(["jilin", "shulan"])}}, "envelope"),
        ({"entry": {"author": "dunhua"}}, "journal checkpoint"),
        ({"entry": {"index": 1}}, "journal proof"),
        ({"entry": {"envelope_leaf": bytes(32)}}, "envelope"),
        ({"entry": {"key_count": 4}}, "ledger entry"),
        ({"entry": {"key_chain": bytes(32)}}, "ledger entry"),
        ({"entry": {"kind": LEDGER_KEY}}, "ledger entry"),
        ({"header": Header(journal="jilin.test/journal/dunhua/1")}, "envelope"),
        ({"header": Header(source="//jilin.test/hall/dunhua/business")}, "envelope"),
        ({"header": Header(version=2)}, "envelope"),
        ({"header": Header(recipients=["舒兰"])}, "envelope"),
    ],
)
def test_a_ledger_that_does_not_agree_with_the_envelope_is_refused(history: History, lie: dict[str, Any], part: str) -> None:
    sent = history.send("huadian", ["jilin"], **lie)
    history.send("shulan", ["jilin"])
    evidence = history.evidence(sent)
    with pytest.raises(CertsError, match=f"^{part}: "):
        verify(evidence)


def test_key_entries_may_not_be_left_out(history: History) -> None:
    sent = sent_and_received(history)
    hidden = history.keys.pop()
    assert part_that_fails(history.evidence(sent)) == "key entries"
    history.keys.append(hidden)
    history.keys.pop(0)
    assert part_that_fails(history.evidence(sent)) == "key entry 1"


def test_a_message_may_not_be_passed_off_as_a_key_entry(history: History) -> None:
    sent = sent_and_received(history)
    honest = history.evidence(sent)
    entry = history.entries[sent.ledger_index]
    assert entry.kind == LEDGER_MESSAGE
    history.keys.append(replace(history.keys[-1], ledger_index=sent.ledger_index, ledger_entry=entry.encode(), envelope=sent.envelope))
    assert part_that_fails(replace(honest, province=history.province())) == "key entry 6"


def test_key_entries_that_the_registry_did_not_sign_are_refused() -> None:
    history = History()
    history.introduce("jilin")
    history.send("hub", ["*"], kind=LEDGER_KEY, payload=b"\xff")
    history.keys.append(replace(history.keys[0], ledger_index=1, ledger_entry=history.entries[1].encode(), envelope=b""))
    assert part_that_fails(history.evidence(history.send("jilin", []))) == "key entry 2"


def test_cosignatures_stand_in_order_behind_the_ledgers_own(history: History) -> None:
    sent = sent_and_received(history)
    honest = history.evidence(sent, dunhua=50, shulan=40)
    head, _, block = honest.province.checkpoint.rpartition("\n\n")
    own, dunhua, shulan = block.splitlines()
    for lines in ((own, shulan, dunhua), (dunhua, own, shulan)):
        note = f"{head}\n\n" + "".join(f"{line}\n" for line in lines)
        with pytest.raises(MalformedEvidence, match="ledger checkpoint: "):
            verify(replace(honest, province=replace(honest.province, checkpoint=note)))


def test_only_halls_that_the_ledger_knows_are_witnesses(history: History) -> None:
    sent = sent_and_received(history)
    assert part_that_fails(history.evidence(sent, meihekou=40)) == "ledger checkpoint, cosignature of 'meihekou'"


def test_a_receipt_of_another_message_is_refused(history: History) -> None:
    other, sent = history.send("huadian", ["jilin"], "1"), history.send("huadian", ["jilin"], "2")
    history.acknowledge("jilin")
    honest = history.evidence(sent, "jilin")
    assert part_that_fails(replace(honest, receipts=(history.receipt(other, "jilin"),))) == "receipt of 'jilin.test/inbox/jilin/1'"


def test_a_receipt_of_a_hall_that_was_not_addressed_is_refused(history: History) -> None:
    sent = history.send("huadian", ["jilin"])
    history.inboxes["shulan"].append(history.inboxes["jilin"][-1])
    history.acknowledge("shulan")
    assert part_that_fails(history.evidence(sent, "shulan")) == "receipt of 'jilin.test/inbox/shulan/1'"


def test_a_receipt_signed_by_another_hall_is_refused(history: History) -> None:
    sent = history.send("huadian", ["jilin"])
    history.journal("jilin", 1).secret = "jilin.test/journal/shulan/1 1"
    history.acknowledge("jilin")
    assert part_that_fails(history.evidence(sent, "jilin")) == "receipt of 'jilin.test/inbox/jilin/1'"


def test_a_journal_is_no_inbox(history: History) -> None:
    sent = history.send("jilin", ["jilin"])
    receipt = ReceiptPart(sent.checkpoint, 0, InboxLeaf(sent.ledger_index, bytes(32), 1).encode(), ())
    assert part_that_fails(replace(history.evidence(sent), receipts=(receipt,))) == "receipt of 'jilin.test/journal/jilin/1'"


def test_a_time_that_no_calendar_holds_is_refused(history: History) -> None:
    sent = history.send("huadian", [], entry={"accepted_at": 2**64 - 1})
    with pytest.raises(MalformedEvidence, match="ledger entry: a time that no calendar holds"):
        verify(history.evidence(sent))


def test_what_one_file_showed_is_not_believed_of_another(history: History) -> None:
    verifier = Verifier(ROOT.certificate)
    first, second = history.send("huadian", ["jilin"], "1"), history.send("huadian", ["jilin"], "2")
    history.acknowledge("jilin")
    one, other = (history.evidence(sent, "jilin", shulan=40) for sent in (first, second))
    assert verifier.verify(encode(one)).verdict is verifier.verify(encode(other)).verdict is Verdict.PROVED
    for mixed in (
        replace(one, message=replace(one.message, envelope=other.message.envelope)),
        replace(one, message=replace(one.message, ledger_proof=other.message.ledger_proof)),
        replace(one, message=replace(one.message, journal_checkpoint=other.message.journal_checkpoint)),
        replace(one, receipts=other.receipts),
    ):
        with pytest.raises(BrokenEvidence):
            verifier.verify(encode(mixed))


def test_a_key_entry_is_the_hubs_own_and_accepted(history: History) -> None:
    for lie in ({"kind": LEDGER_MESSAGE}, {"disposition": REFUSED}, {"epoch": 2}, {"author": "dunhua"}):
        other = five_halls()
        honest = other.keys[4]
        entry = replace(LedgerEntry.decode(honest.ledger_entry), **lie)
        other.entries[honest.ledger_index] = entry
        other.keys[4] = replace(honest, ledger_entry=entry.encode())
        assert part_that_fails(other.evidence(other.send("huadian", []))) == "key entry 5", lie


def test_signatures_beside_the_one_that_belongs_there_are_refused(history: History) -> None:
    sent = sent_and_received(history)
    honest = history.evidence(sent, "jilin")

    def twice(note: str) -> str:
        return join(split(note)[0], [*split(note)[1], signer("somebody.else").line(split(note)[0])])

    message, [receipt] = honest.message, honest.receipts
    for part, surplus in (
        ("charter", replace(honest, province=replace(honest.province, charter=twice(honest.province.charter)))),
        ("journal checkpoint", replace(honest, message=replace(message, journal_checkpoint=twice(message.journal_checkpoint)))),
        ("receipt of 'jilin.test/inbox/jilin/1'", replace(honest, receipts=(replace(receipt, checkpoint=twice(receipt.checkpoint)),))),
    ):
        with pytest.raises(MalformedEvidence, match=f"^{part}: a note of .* with 2 signatures, where 1 belongs"):
            verify(surplus)


def test_proofs_that_lead_elsewhere_are_named(history: History) -> None:
    history.send("huadian", [])
    sent = sent_and_received(history)
    honest = history.evidence(sent, "jilin")
    message, [receipt] = honest.message, honest.receipts
    elsewhere = (bytes(32), *receipt.proof[1:])
    assert part_that_fails(replace(honest, message=replace(message, journal_proof=(bytes(32),)))) == "journal proof"
    assert part_that_fails(replace(honest, receipts=(replace(receipt, proof=elsewhere),))) == "receipt of 'jilin.test/inbox/jilin/1'"


def test_the_head_stands_in_the_file_exactly_when_it_is_no_key_entry(history: History) -> None:
    sent = history.send("huadian", [])
    honest = history.evidence(sent)
    with pytest.raises(MalformedEvidence, match=r"^ledger head: "):
        verify(replace(honest, province=replace(honest.province, head=b"")))
    history.introduce("meihekou")
    with pytest.raises(MalformedEvidence, match=r"^ledger head: "):
        verify(replace(history.evidence(sent), province=replace(history.province(), head=history.entries[-1].encode())))


def test_a_hall_receives_once(history: History) -> None:
    sent = history.send("huadian", ["jilin"])
    history.acknowledge("jilin")
    first = history.receipt(sent, "jilin")
    history.introduce("jilin", epoch=2, authorised=True)
    history.acknowledge("jilin", epoch=2)
    second = history.receipt(sent, "jilin")
    assert verify(replace(history.evidence(sent), receipts=(second,))).received[0].epoch == 2
    with pytest.raises(MalformedEvidence, match="receipts: two of one hall"):
        verify(replace(history.evidence(sent), receipts=(first, second)))


def test_an_empty_ledger_proves_nothing(history: History) -> None:
    honest = history.evidence(history.send("huadian", []))
    empty = replace(honest.province, checkpoint=history.checkpoint(0, {}), keys=(), proof=(), head=b"")
    assert part_that_fails(replace(honest, province=empty)) == "ledger checkpoint"
