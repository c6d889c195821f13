from dataclasses import replace

import pytest

from certs.evidence import Evidence
from certs.evidence_findings import Verdict
from certs.evidence_words import limits, words
from tests.certs.evidence_history import History, five_halls, part_that_fails, sent_and_received, verify


@pytest.fixture
def history() -> History:
    return five_halls()


def test_old_messages_still_verify_after_the_key_was_succeeded(history: History) -> None:
    before = history.send("huadian", ["jilin"], "220282-1")
    history.acknowledge("jilin")
    early = history.receipt(before, "jilin")
    history.succeed("huadian")
    history.send("jilin", [])
    history.succeed("jilin")
    after = history.send("huadian", ["jilin"], "220282-2")
    history.acknowledge("jilin")
    assert verify(replace(history.evidence(before, shulan=40), receipts=(early,))).verdict is Verdict.PROVED
    assert verify(history.evidence(after, "jilin", shulan=40)).verdict is Verdict.PROVED


def test_a_predecessor_signs_nothing_more(history: History) -> None:
    history.send("huadian", ["jilin"])
    history.succeed("huadian")
    history.journal("huadian", 1).secret = ""
    assert part_that_fails(history.evidence(history.send("huadian", ["jilin"]))) == "journal checkpoint"


def test_what_was_accepted_from_the_cut_off_on_is_not_the_halls(history: History) -> None:
    old, stolen = history.send("huadian", ["jilin"], "220282-1"), history.send("huadian", ["jilin"], "220282-2")
    history.acknowledge("jilin")
    history.revoke("huadian", stolen.ledger_index)
    before, behind = (verify(history.evidence(sent, "jilin", shulan=40)) for sent in (old, stolen))
    assert (before.verdict, before.sender.counts, before.sender.revoked_from) == (Verdict.PROVED, True, stolen.ledger_index)
    assert (behind.verdict, behind.sender.counts) == (Verdict.INCOMPLETE, False)
    assert any(limit.startswith("that huadian sent it") for limit in limits(behind))
    assert words(behind)[0].startswith("sent: under keys of huadian that no longer count")


def test_revocations_count_only_as_far_as_the_ledger_of_the_file_knows_them(history: History) -> None:
    sent = history.send("huadian", ["jilin"])
    history.acknowledge("jilin")
    size = len(history.entries)
    history.revoke("huadian", sent.ledger_index)
    early = Evidence(history.province(size), history.message(sent, size), (history.receipt(sent, "jilin"),))
    assert verify(early).sender.counts
    assert f"that no key was revoked later: revocations are known up to ledger size {size}" in limits(verify(early))


def test_a_receipt_by_keys_revoked_before_the_message_does_not_count(history: History) -> None:
    sent = sent_and_received(history)
    history.revoke("jilin", sent.ledger_index)
    found = verify(history.evidence(sent, "changchun", "jilin", shulan=40))
    assert [one.counts for one in found.received] == [True, False]
    assert found.verdict is Verdict.INCOMPLETE


def test_a_receipt_by_keys_revoked_later_counts_with_a_warning(history: History) -> None:
    sent = sent_and_received(history)
    history.revoke("jilin", sent.ledger_index + 1)
    found = verify(history.evidence(sent, "changchun", "jilin", shulan=40))
    assert found.verdict is Verdict.PROVED
    assert any("it bears no time" in limit for limit in limits(found))


def test_a_revoked_witness_is_refused(history: History) -> None:
    sent = sent_and_received(history)
    history.revoke("shulan", 3)
    assert part_that_fails(history.evidence(sent, shulan=40)) == "ledger checkpoint, cosignature of 'shulan'"


def test_a_new_epoch_needs_the_roots_word(history: History) -> None:
    history.revoke("huadian", len(history.entries))
    history.introduce("huadian", epoch=2)
    assert part_that_fails(history.evidence(history.send("huadian", [], epoch=2))) == "key entry 7"
    authorised = five_halls()
    authorised.revoke("huadian", len(authorised.entries))
    authorised.introduce("huadian", epoch=2, authorised=True)
    found = verify(authorised.evidence(authorised.send("huadian", [], epoch=2)))
    assert (found.sender.epoch, found.verdict) == (2, Verdict.PROVED)


def test_a_message_from_before_its_authors_keys_is_refused() -> None:
    history = History()
    history.introduce("jilin")
    sent = history.send("huadian", [])
    history.introduce("huadian")
    assert part_that_fails(history.evidence(sent)) == "journal checkpoint"
