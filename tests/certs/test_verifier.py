from dataclasses import replace
from datetime import timedelta

import pytest

from certs.authority import Authority, create_intermediate, create_root
from certs.entries import ERASED, HELD, REFUSED, InboxLeaf, recipients_hash
from certs.errors import BrokenEvidence, IdentityInvalid, MalformedEvidence
from certs.evidence import encode
from certs.evidence_findings import Cosignature, Verdict
from certs.evidence_words import limits, words
from certs.identity import read_chain
from certs.keys import generate_tls_key
from certs.profiles import built_in
from certs.verifier import Verifier
from tests.certs.evidence_history import DOMAIN, NOW, ROOT, History, Sent, five_halls, part_that_fails, sent_and_received, verify
from tongban.envelope.v1.envelope_pb2 import Header


@pytest.fixture
def history() -> History:
    return five_halls()


def seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


def test_who_sent_what_who_accepted_it_and_who_received_it(history: History) -> None:
    sent = sent_and_received(history)
    history.send("shulan", ["jilin"])
    found = verify(history.evidence(sent, "changchun", "jilin", shulan=40, dunhua=61, jilin=55))
    assert found.verdict is Verdict.PROVED
    assert (found.sender.hall, found.sender.epoch, found.sender.index, found.sender.counts) == ("huadian", 1, 0, True)
    assert found.event is not None
    assert (found.event.type, found.event.subject, found.event.occurred_at) == ("tongban.case.v1.CaseEvent", "220282-7", NOW)
    assert (found.acceptance.ledger_index, found.acceptance.accepted_at) == (6, NOW)
    assert found.at_the_latest == Cosignature("shulan", 8, NOW + seconds(40), is_party=False)
    assert [(one.hall, one.index) for one in found.received] == [("changchun", 5), ("jilin", 6)]
    assert (found.ledger_size, found.key_entries, found.pending) == (8, 5, ())


def test_the_words_say_what_is_proved_by_whom_and_what_is_not(history: History) -> None:
    sent = sent_and_received(history)
    assert words(verify(history.evidence(sent, "changchun", "jilin", shulan=40, dunhua=61))) == [
        (
            "sent: by huadian, as message 0 of its journal (epoch 1): tongban.case.v1.CaseEvent about 220282-7,"
            " which by its word happened at 2026-11-23 08:00:00 UTC"
        ),
        (
            "accepted: by the hub, as entry 6 of the ledger, at 2026-11-23 08:00:00 UTC by its word;"
            " at the latest at 2026-11-23 08:00:40 UTC by the clock of shulan, which cosigned the ledger of 7, beside 1 more"
        ),
        "received: by changchun, as message 5 of its inbox (epoch 1)",
        "received: by jilin, as message 6 of its inbox (epoch 1)",
        "not proved: that what it says is true: that, with the time at which it happened, is the word of huadian",
        "not proved: that no key was revoked later: revocations are known up to ledger size 7",
    ]


def test_evidence_without_cosignatures_verifies_and_says_so(history: History) -> None:
    found = verify(history.evidence(sent_and_received(history), "changchun", "jilin"))
    assert found.verdict is Verdict.PROVED
    assert found.at_the_latest is None
    assert any("no other hall has cosigned it" in limit for limit in limits(found))


def test_the_author_is_no_witness_of_its_own(history: History) -> None:
    found = verify(history.evidence(sent_and_received(history), "changchun", "jilin", huadian=1))
    assert found.cosignatures == ()


def test_a_ledger_that_only_recipients_saw_is_said_to_be_one(history: History) -> None:
    found = verify(history.evidence(sent_and_received(history), "changchun", "jilin", jilin=30))
    assert found.at_the_latest == Cosignature("jilin", 7, NOW + seconds(30), is_party=True)
    assert any("any hall but its recipients" in limit for limit in limits(found))


def test_an_earlier_checkpoint_bounds_the_time_more_closely(history: History) -> None:
    sent = sent_and_received(history)
    for _ in range(5):
        history.send("shulan", ["jilin"])
    honest = history.evidence(sent, "changchun", "jilin", dunhua=9000)
    found = verify(replace(honest, message=history.message(sent, earlier=9, shulan=50)))
    assert found.at_the_latest == Cosignature("shulan", 9, NOW + seconds(50), is_party=False)
    assert {one.ledger_size for one in found.cosignatures} == {9, 12}
    assert found.ledger_size == 12


@pytest.mark.parametrize("size", [6, 12])
def test_an_earlier_checkpoint_lies_between_the_message_and_the_ledger(history: History, size: int) -> None:
    sent = sent_and_received(history)
    for _ in range(5):
        history.send("shulan", ["jilin"])
    assert part_that_fails(replace(history.evidence(sent), message=history.message(sent, earlier=size, shulan=50))) == "earlier checkpoint"


def test_an_earlier_checkpoint_that_nobody_cosigned_is_surplus(history: History) -> None:
    sent = sent_and_received(history)
    history.send("shulan", ["jilin"])
    with pytest.raises(MalformedEvidence, match="earlier checkpoint: no hall cosigned it"):
        verify(replace(history.evidence(sent), message=history.message(sent, earlier=7)))


def test_an_earlier_checkpoint_of_a_fork_is_refused(history: History) -> None:
    sent = sent_and_received(history)
    fork = five_halls()
    fork.send("huadian", ["jilin"], "220282-8")
    for one in (history, fork):
        for _ in range(3):
            one.send("shulan", ["jilin"])
    forked = replace(history.message(sent, earlier=8, shulan=50), earlier_checkpoint=fork.checkpoint(8, {"shulan": 50}))
    assert part_that_fails(replace(history.evidence(sent), message=forked)) == "earlier proof"


def test_a_hub_that_claims_to_have_accepted_it_after_others_saw_it_is_found_out(history: History) -> None:
    history.accepted_at += 240_000
    found = verify(history.evidence(sent_and_received(history), "changchun", "jilin", shulan=0))
    assert found.hub_clock_ahead == timedelta(seconds=239)
    assert any("lies 239 s behind the earliest cosignature" in limit for limit in limits(found))


def test_recipients_without_a_receipt_are_named(history: History) -> None:
    found = verify(history.evidence(sent_and_received(history), "jilin", shulan=40))
    assert found.verdict is Verdict.INCOMPLETE
    assert found.pending == ("changchun",)
    assert "that changchun received it: no acknowledgement is in this file" in limits(found)


def test_a_message_to_the_hub_alone_is_received_by_its_acceptance(history: History) -> None:
    found = verify(history.evidence(history.send("huadian", []), shulan=40))
    assert found.verdict is Verdict.PROVED
    assert "received: by the hub, the only one it was sent to" in words(found)


@pytest.mark.parametrize(("disposition", "said"), [(REFUSED, "the hub refused it"), (HELD, "the hub holds it back")])
def test_what_was_not_routed_is_said_not_to_be(history: History, disposition: int, said: str) -> None:
    found = verify(history.evidence(history.send("huadian", ["jilin"], entry={"disposition": disposition}), shulan=40))
    assert found.verdict is Verdict.INCOMPLETE
    assert found.pending == ()
    assert any(said in limit for limit in limits(found))


def test_a_receipt_of_what_was_not_routed_is_refused(history: History) -> None:
    sent = history.send("huadian", ["jilin"], entry={"disposition": REFUSED})
    history.inboxes["jilin"].append(InboxLeaf(sent.ledger_index, bytes(32), 1))
    history.acknowledge("jilin")
    assert part_that_fails(history.evidence(sent, "jilin")) == "receipt of 'jilin.test/inbox/jilin/1'"


def test_an_envelope_that_the_hub_refused_by_its_hash_is_missing_and_says_nothing(history: History) -> None:
    sent = history.send("huadian", [], entry={"disposition": REFUSED})
    honest = history.evidence(sent)
    found = verify(replace(honest, message=replace(honest.message, envelope=b"")))
    assert found.event is None
    assert (found.sender.hall, found.sender.index) == ("huadian", 0)
    assert any("cannot be read" in line for line in words(found))


def test_an_accepted_envelope_may_not_be_missing(history: History) -> None:
    honest = history.evidence(history.send("huadian", []))
    with pytest.raises(MalformedEvidence, match="envelope: it is missing"):
        verify(replace(honest, message=replace(honest.message, envelope=b"")))


def test_garbage_may_have_been_refused_and_never_accepted(history: History) -> None:
    none = recipients_hash(())
    refused = history.send("huadian", ["jilin"], raw=b"\xff", entry={"disposition": REFUSED, "recipients_hash": none})
    assert verify(history.evidence(refused)).event is None
    assert part_that_fails(history.evidence(history.send("huadian", [], raw=b"\xff"))) == "envelope"
    assert part_that_fails(history.evidence(history.send("huadian", ["jilin"], raw=b"\xff", entry={"disposition": REFUSED}))) == "envelope"


def test_what_was_refused_unread_may_name_recipients_and_another_author(history: History) -> None:
    none = recipients_hash(())
    own = history.send("huadian", ["jilin"], entry={"disposition": REFUSED, "recipients_hash": none})
    foreign = history.send("huadian", ["jilin"], header=Header(source="//other"), entry={"disposition": REFUSED, "recipients_hash": none})
    assert verify(history.evidence(own)).event is not None
    assert verify(history.evidence(foreign)).event is None


def test_a_key_entry_is_a_message_too(history: History) -> None:
    for hall in history.inboxes:
        history.acknowledge(hall)
    first, last = history.keys[0], history.keys[-1]
    sent = Sent(first.ledger_index, "hub", 1, 0, first.envelope, "", ["*"])
    journal = history.journal("hub", 1)
    sent = replace(sent, checkpoint=journal.seal([]))
    found = verify(history.evidence(sent, *(hall for hall in history.inboxes if hall not in {"shulan", "changchun", "dunhua", "huadian"})))
    assert last.ledger_index == len(history.entries) - 1
    assert found.sender.hall == "hub"
    assert found.pending == ("changchun", "dunhua", "huadian", "shulan")


def test_an_erased_body_is_said_to_be_erased(history: History) -> None:
    sent = history.send("huadian", ["jilin"])
    history.inboxes["jilin"][-1] = replace(history.inboxes["jilin"][-1], form=ERASED)
    history.acknowledge("jilin")
    found = verify(history.evidence(sent, "jilin", shulan=40))
    assert found.verdict is Verdict.INCOMPLETE
    assert "that jilin has what it says: its inbox notes it as erased" in limits(found)


def test_a_time_that_the_hall_made_up_is_not_repeated(history: History) -> None:
    header = Header()
    header.recorded_at.seconds = 2**62
    found = verify(history.evidence(history.send("huadian", [], header=header)))
    assert found.event is not None
    assert (found.event.occurred_at, found.event.recorded_at) == (NOW, None)


def test_another_provinces_root_proves_nothing(history: History) -> None:
    evidence = encode(history.evidence(sent_and_received(history)))
    for domain in (DOMAIN, "hunan.test"):
        with pytest.raises(BrokenEvidence, match=r"^charter: "):
            Verifier(create_root(domain, NOW).certificate).verify(evidence)


def test_a_certificate_that_names_no_province_is_no_root() -> None:
    authority = Authority(create_intermediate(ROOT, ["localhost"], NOW), ROOT.certificate, built_in())
    leaf = read_chain(authority.issue_enrolment(["localhost"], generate_tls_key().public_key(), NOW))[0]
    with pytest.raises(IdentityInvalid):
        Verifier(leaf)
