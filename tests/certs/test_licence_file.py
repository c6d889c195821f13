import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from certs.authority import create_root
from certs.charter import sign_charter
from certs.credential import present
from certs.errors import BadSignature, CertsError, CredentialInvalid, MalformedLicenceFile, StatusListInvalid, UnknownKey
from certs.key_entries import LicenceRevocation, Revocation, authorise_entry
from certs.licence_file import LicenceFile, check, read, write
from certs.licence_findings import LicenceFindings, LicenceVerdict, masked, words
from certs.notes import Signer
from certs.status_list import INVALID, SUSPENDED
from tests.certs.licence_province import ANNOTATION, CHARTER, DAY, ROOT, Made, annotation, introduced, note, thumbprint, token
from tests.certs.licences import CLAIMS, CLEAR, FIELDS, HALL, HOLDER, NOW, long_term, private

FILE = Made().file()
COPY = Made().file(annotated=True)
INDEX = CLEAR.status_index


def found(file: LicenceFile = FILE, now: datetime = NOW, status_list: str = "", recipient: str = "") -> LicenceFindings:
    return check(read(write(file)), ROOT.certificate, now, status_list=status_list, recipient=recipient)


def test_a_licence_with_its_chain_and_a_fresh_list_is_valid() -> None:
    findings = found()
    assert findings.verdict is LicenceVerdict.VALID
    assert findings.licence.claims == CLEAR
    assert findings.licence.disclosed == {"holder.name": HOLDER.name, "holder.code": HOLDER.code, "address": FIELDS["address"]}
    assert findings.licence.hidden == 4


def test_a_file_has_one_content() -> None:
    assert read(write(FILE)) == FILE
    assert read(write(COPY)) == COPY
    assert json.loads(write(FILE)).keys() == {"format", "presentation", "charter", "key_entries", "status_list"}


def test_without_a_list_the_status_is_unknown() -> None:
    findings = found(replace(FILE, status_list=""))
    assert findings.verdict is LicenceVerdict.INCOMPLETE
    assert findings.limits == ["its status: unknown, no status list of it was given"]
    assert "not proved: its status: unknown, no status list of it was given" in words(findings)


def test_a_list_of_other_licences_says_nothing_of_this_one() -> None:
    other = token({INDEX: INVALID}, uri="tongban://jilin.test/status/huadian/2")
    assert found(replace(FILE, status_list=other)).status is None


def test_a_stale_list_is_called_stale() -> None:
    findings = found(now=NOW + DAY)
    assert findings.verdict is LicenceVerdict.INCOMPLETE
    assert findings.limits == ["its status of now: the list is stale"]
    assert any(line.startswith("status: valid") and line.endswith("and is stale") for line in words(findings))


def test_the_newest_list_counts_whichever_side_it_comes_from() -> None:
    later = NOW + timedelta(hours=2)
    newer = token({INDEX: INVALID}, NOW + timedelta(hours=1))
    assert found(now=later, status_list=newer).verdict is LicenceVerdict.NOT_VALID
    assert found(replace(FILE, status_list=newer), later, token()).verdict is LicenceVerdict.NOT_VALID


@pytest.mark.parametrize(
    ("status", "days", "verdict"),
    [
        (SUSPENDED, 0, LicenceVerdict.NOT_VALID),
        (SUSPENDED, 2, LicenceVerdict.INCOMPLETE),
        (INVALID, 0, LicenceVerdict.NOT_VALID),
        (INVALID, 2, LicenceVerdict.NOT_VALID),
        (3, 0, LicenceVerdict.NOT_VALID),
    ],
)
def test_an_ending_is_final_and_a_suspension_may_have_ended_since(status: int, days: int, verdict: LicenceVerdict) -> None:
    assert found(replace(FILE, status_list=token({INDEX: status})), NOW + days * DAY).verdict is verdict


def test_a_licence_is_judged_by_the_time_of_asking() -> None:
    assert CLEAR.valid_to is not None
    for at, reason in ((CLEAR.valid_from - timedelta(seconds=1), "it begins at"), (CLEAR.valid_to, "it expired at")):
        findings = found(replace(FILE, status_list=token(at=at)), at)
        assert findings.verdict is LicenceVerdict.NOT_VALID
        assert findings.reasons[0].startswith(reason)
    forever = Made(long_term()).file()
    far = NOW + timedelta(days=10_000)
    assert found(replace(forever, status_list=token(at=far)), far).verdict is LicenceVerdict.VALID


def test_a_copy_is_for_its_recipient() -> None:
    mine = found(COPY, recipient=ANNOTATION.recipient)
    assert mine.verdict is LicenceVerdict.VALID
    assert mine.annotation == ANNOTATION
    assert f"copy: made by changchun for {ANNOTATION.recipient}, for this purpose alone: {ANNOTATION.purpose}" in "\n".join(words(mine))
    assert found(COPY, recipient="someone else").verdict is LicenceVerdict.NOT_VALID
    assert found(COPY).verdict is LicenceVerdict.INCOMPLETE
    assert found(FILE, recipient=ANNOTATION.recipient).verdict is LicenceVerdict.INCOMPLETE


def test_a_copy_counts_until_it_expires() -> None:
    for at in (ANNOTATION.expires_at, ANNOTATION.made_at - timedelta(seconds=1)):
        findings = found(replace(COPY, status_list=token(at=at)), at, recipient=ANNOTATION.recipient)
        assert findings.verdict is LicenceVerdict.NOT_VALID
    last = ANNOTATION.expires_at - timedelta(seconds=1)
    assert found(replace(COPY, status_list=token(at=last)), last, recipient=ANNOTATION.recipient).verdict is LicenceVerdict.VALID


def test_a_revoked_key_leaves_open_when_it_signed() -> None:
    for act in (LicenceRevocation(HALL, 1, thumbprint(HALL), 9_000, "key-stolen"), Revocation(HALL, 1, 9_000, "key-stolen")):
        findings = found(Made(acts=[*introduced(HALL), act]).file())
        assert findings.verdict is LicenceVerdict.INCOMPLETE
        assert findings.revoked_from == 9_000


def test_a_copy_by_a_revoked_key_is_proved_by_nobody() -> None:
    revoked = LicenceRevocation("changchun", 1, thumbprint("changchun"), 9_000, "key-stolen")
    findings = found(Made(acts=[*introduced(HALL), *introduced("changchun"), revoked]).file(annotated=True), recipient=ANNOTATION.recipient)
    assert findings.verdict is LicenceVerdict.INCOMPLETE
    assert "a licence key of it is revoked" in findings.limits[0]


def with_entries(*entries: str) -> LicenceFile:
    return replace(FILE, key_entries=entries)


STRANGER = create_root("jilin.test", NOW)
ENTRIES = FILE.key_entries
LIES: dict[str, tuple[Callable[[], LicenceFile], type[CertsError]]] = {
    "a charter of another root": (lambda: replace(FILE, charter=sign_charter(CHARTER, STRANGER.key)), UnknownKey),
    "a charter that was changed": (lambda: replace(FILE, charter=FILE.charter.replace("epoch 1", "epoch 2")), BadSignature),
    "no key entries": (with_entries, CredentialInvalid),
    "no entry of the licence key": (lambda: with_entries(ENTRIES[0]), CredentialInvalid),
    "a licence key of a hall never introduced": (lambda: with_entries(ENTRIES[1]), UnknownKey),
    "entries of another registry": (
        lambda: with_entries(*(note(act, Signer("jilin.test/registry", private(99))) for act in introduced(HALL))),
        UnknownKey,
    ),
    "an entry that was changed": (lambda: with_entries(ENTRIES[0], ENTRIES[1].replace("epoch 1", "epoch 2")), BadSignature),
    "an entry twice": (lambda: with_entries(*ENTRIES[:2], ENTRIES[1]), CertsError),
    "a new epoch without the root": (lambda: with_entries(*ENTRIES[:2], *(note(act) for act in introduced(HALL, 2, 40))), UnknownKey),
    "a presentation that was changed": (lambda: replace(FILE, presentation=FILE.presentation[:-1]), CredentialInvalid),
    "a list signed by a hall": (lambda: replace(FILE, status_list=FILE.presentation.partition("~")[0]), StatusListInvalid),
    "an annotation of another presentation": (lambda: replace(COPY, presentation=present(COPY.presentation, {"address"})), CertsError),
    "an annotation of another licence": (lambda: replace(COPY, annotation=annotation(Made().file().presentation)), CertsError),
    "an annotation by a hall without a chain": (lambda: replace(COPY, key_entries=ENTRIES[:2]), CertsError),
}


@pytest.mark.parametrize(("forge", "error"), LIES.values(), ids=LIES.keys())
def test_a_file_of_which_a_part_does_not_hold_is_refused(forge: Callable[[], LicenceFile], error: type[CertsError]) -> None:
    with pytest.raises(error):
        found(forge())


def test_a_new_epoch_counts_with_the_roots_word() -> None:
    later = introduced(HALL, 2, 40)
    authorised = authorise_entry(note(later[0]), ROOT.key)
    assert found(with_entries(*ENTRIES[:2], authorised, note(later[1]))).verdict is LicenceVerdict.VALID


CONTENT = json.loads(write(COPY))


@pytest.mark.parametrize(
    "content",
    [
        {**CONTENT, "format": "tongban-licence/2"},
        {**CONTENT, "more": ""},
        {**CONTENT, "presentation": 1},
        {**CONTENT, "annotation": None},
        {**CONTENT, "key_entries": "text"},
        {**CONTENT, "key_entries": [1]},
        {**CONTENT, "key_entries": [""] * 1001},
        {name: value for name, value in CONTENT.items() if name != "charter"},
        [],
        "text",
        {},
    ],
)
def test_a_file_of_another_form_is_refused(content: object) -> None:
    with pytest.raises(MalformedLicenceFile):
        read(json.dumps(content).encode())


def test_rubbish_is_refused() -> None:
    for data in (b"", b"\x00", b"{", write(FILE) + b"{}", write(FILE).replace(b'"charter"', b'"format"'), b" " * (1 << 20) + b"{}"):
        with pytest.raises(CertsError):
            read(data)


def test_a_holders_code_is_never_shown_whole() -> None:
    assert HOLDER.code not in "\n".join(words(found()))
    assert masked("220282199001010017") == "220282********0017"
    assert masked("12345678901234") == "*" * 14
    assert masked("") == ""


def test_what_a_hall_wrote_moves_no_terminal() -> None:
    claims = replace(CLAIMS, fields={"address": "x\x1b[2J\nstatus: valid"}, public=frozenset())
    assert found(Made(claims).file()).licence.disclosed["address"] == "x\x1b[2J\nstatus: valid"
