from collections.abc import Iterator
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.errors import BrokenEvidence, CertsError, MalformedEvidence
from certs.evidence import Evidence, MessagePart, ProvincePart, assemble, encode, encode_province, split
from certs.evidence_findings import Verdict
from certs.verifier import Verifier
from tests.certs.evidence_history import ROOT, History, five_halls, verify

FRAME = ("the file", "province part", "message part", "receipts")
PROVINCE = ("charter", "ledger checkpoint", "key entr", "ledger head", "proof of the key entries", "province part")
MESSAGE = ("envelope", "journal checkpoint", "journal proof", "ledger entry", "ledger index", "ledger proof", "earlier", "message part")
RECEIPTS = ("receipt",)


def written(number: str) -> tuple[History, Evidence]:
    """Return a file that uses every part of the format: two receipts, cosignatures, an earlier checkpoint."""
    history = five_halls()
    history.send("huadian", ["jilin"])
    sent = history.send("huadian", ["changchun", "jilin"], number)
    history.send("shulan", [])
    history.acknowledge("jilin")
    history.acknowledge("changchun")
    history.send("dunhua", ["jilin"])
    honest = history.evidence(sent, "changchun", "jilin", shulan=90, dunhua=95)
    return history, replace(honest, message=history.message(sent, earlier=9, shulan=40))


HISTORY, HONEST = written("220282-1")
WHOLE = encode(HONEST)
VERIFIER = Verifier(ROOT.certificate)


def refusal(data: bytes) -> str:
    """Return what the verifier says to a file that it must refuse."""
    with pytest.raises((BrokenEvidence, MalformedEvidence)) as caught:
        VERIFIER.verify(data)
    return str(caught.value)


def responsible(at: int) -> tuple[str, ...]:
    """Return the names of parts of which one must be named when the byte at this place is another."""
    sections = split(WHOLE)
    for section, parts in ((sections.province, PROVINCE), (sections.message, MESSAGE), (sections.receipts, RECEIPTS)):
        start = WHOLE.index(section)
        if start <= at < start + len(section):
            return parts
    return (*FRAME, *PROVINCE, *MESSAGE, *RECEIPTS)  # a length of a part: whatever then is cut wrongly


def test_every_byte_that_is_changed_is_noticed_and_its_part_is_named() -> None:
    assert VERIFIER.verify(WHOLE).verdict is Verdict.PROVED  # from here on it knows the true parts
    for at in range(len(WHOLE)):
        said = refusal(WHOLE[:at] + bytes([WHOLE[at] ^ 1 << at % 8]) + WHOLE[at + 1 :])
        assert said.startswith(responsible(at)), (at, said)


@given(st.data())
def test_whatever_is_changed_is_noticed(draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(WHOLE) - 1))
    length = draw.draw(st.integers(0, min(8, len(WHOLE) - at)))
    tampered = WHOLE[:at] + draw.draw(st.binary(max_size=8)) + WHOLE[at + length :]
    if tampered != WHOLE:
        assert refusal(tampered)


def exchanged(one: Evidence, other: Evidence) -> Iterator[tuple[str, Evidence]]:
    """Yield the first file with each of its fields taken from the second, where they differ."""
    for field in fields(ProvincePart):
        yield field.name, replace(one, province=replace(one.province, **{field.name: getattr(other.province, field.name)}))
    for field in fields(MessagePart):
        yield field.name, replace(one, message=replace(one.message, **{field.name: getattr(other.message, field.name)}))
    for at in range(2):
        receipts = list(one.receipts)
        receipts[at] = other.receipts[at]
        yield f"receipt {at}", replace(one, receipts=tuple(receipts))


def test_no_part_of_another_true_file_fits() -> None:
    """The other file is of the same province, whose history went another way behind the first key entries."""
    history = five_halls()
    history.introduce("meihekou")
    sent = history.send("shulan", ["changchun", "jilin"], "220283-1")
    history.send("dunhua", [])
    history.acknowledge("jilin")
    history.acknowledge("changchun")
    history.send("dunhua", [])
    other = history.evidence(sent, "changchun", "jilin", dunhua=41)
    other = replace(other, message=replace(history.message(sent, earlier=8, dunhua=40)))
    assert verify(other).verdict is Verdict.PROVED
    tried = 0
    for name, mixed in exchanged(HONEST, other):
        if mixed != HONEST:
            tried += 1
            with pytest.raises(CertsError):
                pytest.fail(f"{name} of another file fits: {verify(mixed)}")
    assert tried >= 12


def test_whole_sections_of_another_true_file_do_not_fit() -> None:
    _, other = written("220282-2")
    assert verify(other).verdict is Verdict.PROVED
    sections = encode_province(HONEST.province), encode_province(other.province)
    for mixed in (
        assemble(sections[1], HONEST.message, HONEST.receipts),
        assemble(sections[0], other.message, HONEST.receipts),
        assemble(sections[0], HONEST.message, other.receipts),
    ):
        assert refusal(mixed)


def test_receipts_that_were_dropped_are_missed() -> None:
    found = verify(replace(HONEST, receipts=HONEST.receipts[:1]))
    assert found.verdict is Verdict.INCOMPLETE
    assert found.pending == ("jilin",)


def test_cosignatures_that_were_dropped_take_the_bound_with_them() -> None:
    bare = replace(HONEST, province=replace(HONEST.province, checkpoint=HISTORY.checkpoint(len(HISTORY.entries), {})))
    bare = replace(bare, message=replace(bare.message, earlier_checkpoint="", earlier_proof=()))
    assert verify(HONEST).at_the_latest is not None
    found = verify(bare)
    assert (found.verdict, found.at_the_latest) == (Verdict.PROVED, None)
