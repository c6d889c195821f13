import contextlib
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from certs import checkpoints, merkle, notes
from certs.checkpoints import Checkpoint, TlogProof
from certs.errors import (
    BadProof,
    BadSignature,
    CertsError,
    MalformedCheckpoint,
    MalformedEvidence,
    MalformedKey,
    MalformedNote,
    UnknownKey,
)
from certs.notes import COSIGNATURE, ECDSA, ED25519, Signer
from tests.certs.rfc6962 import LEAVES, node, root

# A checkpoint of a public log of 2026 with the cosignatures of public witnesses.
PUBLIC_NOTE = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev \
zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev \
ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— witness1.smartit.nu/witness1 \
pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de \
2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu \
Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""
PUBLIC_LOG = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
PUBLIC_WITNESSES = [
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
]
PUBLIC_TIME = 0x6A122120

LOG = Signer("hunan.example/ledger/1", Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x01"))
WITNESS = Signer("hunan.example/witness/gongzhuling", Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x02"), COSIGNATURE)
OTHER = Signer("hunan.example/witness/meihekou", Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x03"), COSIGNATURE)
HEAD = Checkpoint(LOG.name, 100, root(LEAVES[:100]))
NOTE = checkpoints.sign_checkpoint(HEAD, LOG)
NOON = 1_790_000_000


def test_a_public_checkpoint_opens_under_its_log_key() -> None:
    checkpoint = checkpoints.open_checkpoint(PUBLIC_NOTE, notes.parse_vkey(PUBLIC_LOG))
    assert (checkpoint.origin, checkpoint.size) == ("arche2025h1.staging.ct.transparency.dev", 1432088532)
    assert b64encode(checkpoint.root) == b"U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro="


def test_public_cosignatures_verify_under_their_witness_keys() -> None:
    verifiers = [notes.parse_vkey(vkey) for vkey in PUBLIC_WITNESSES]
    assert checkpoints.cosignatures(PUBLIC_NOTE, verifiers) == {verifier.name: PUBLIC_TIME for verifier in verifiers}
    with pytest.raises(BadSignature):
        checkpoints.cosignatures(PUBLIC_NOTE.replace("1432088532", "1432088533"), verifiers)


@given(st.integers(1, checkpoints.MAX_SIZE), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_survives_its_note(size: int, hashed: bytes) -> None:
    head = Checkpoint(LOG.name, size, hashed)
    note = checkpoints.sign_checkpoint(head, LOG)
    assert checkpoints.open_checkpoint(note, LOG.verifier) == head
    assert checkpoints.sign_checkpoint(head, LOG) == note  # after a crash the same head is signed again


def test_extension_lines_are_kept() -> None:
    head = Checkpoint(LOG.name, 1, LEAVES[0], ("one", "two three"))
    assert checkpoints.parse_checkpoint(head.text()) == head


def test_an_empty_log_has_the_empty_root() -> None:
    head = Checkpoint(LOG.name, 0, merkle.EMPTY_ROOT)
    assert checkpoints.parse_checkpoint(head.text()) == head
    with pytest.raises(MalformedCheckpoint):
        checkpoints.parse_checkpoint(Checkpoint(LOG.name, 0, LEAVES[0]).text())


ROOT64 = b64encode(LEAVES[0]).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"a\n1\n{ROOT64}",
        f"\n1\n{ROOT64}\n",
        f"a\n01\n{ROOT64}\n",
        f"a\n+1\n{ROOT64}\n",
        f"a\n-1\n{ROOT64}\n",
        f"a\n1 \n{ROOT64}\n",
        f"a\n1_0\n{ROOT64}\n",
        f"a\n１\n{ROOT64}\n",
        f"a\n0x1\n{ROOT64}\n",
        f"a\n{2**63}\n{ROOT64}\n",
        f"a\n{'9' * 5000}\n{ROOT64}\n",
        f"a\n1\n{ROOT64[:-1]}\n",
        f"a\n1\n{ROOT64[:-2]}{chr(ord(ROOT64[-2]) + 1)}=\n",
        f"a\n1\n{b64encode(bytes(31)).decode()}\n",
        f"a\n1\n{b64encode(bytes(33)).decode()}\n",
        f"a\n1\n{ROOT64}\n\n",
        f"a\n1\n{ROOT64}\n\nextension\n",
        f"a\r\n1\r\n{ROOT64}\r\n",
        f"a\ud800\n1\n{ROOT64}\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(MalformedCheckpoint):
        checkpoints.parse_checkpoint(text)


@given(st.text() | st.lists(st.sampled_from(["a", "1", "0", "\n", ROOT64, "=", "é"])).map("".join))
def test_foreign_text_gives_only_our_error_and_one_spelling(text: str) -> None:
    with contextlib.suppress(MalformedCheckpoint):
        assert checkpoints.parse_checkpoint(text).text() == text


def test_a_log_key_speaks_for_its_own_log_alone() -> None:
    inbox = Checkpoint("hunan.example/inbox/gongzhuling/1", 1, LEAVES[0])
    with pytest.raises(UnknownKey):
        checkpoints.sign_checkpoint(inbox, LOG)
    forged = notes.sign(inbox.text(), [LOG])
    with pytest.raises(UnknownKey):
        checkpoints.open_checkpoint(forged, LOG.verifier)


def test_a_root_key_or_a_witness_signs_no_checkpoint() -> None:
    for signer in (Signer(LOG.name, ec.generate_private_key(ec.SECP256R1()), ECDSA), Signer(LOG.name, LOG.private_key, COSIGNATURE)):
        with pytest.raises(MalformedKey):
            checkpoints.sign_checkpoint(HEAD, signer)
        with pytest.raises(MalformedKey):
            checkpoints.open_checkpoint(NOTE, signer.verifier)


@pytest.mark.parametrize("extension", ["", "a\nb", "a\n"])
def test_a_checkpoint_that_would_read_otherwise_is_not_signed(extension: str) -> None:
    with pytest.raises(MalformedCheckpoint):
        checkpoints.sign_checkpoint(Checkpoint(LOG.name, 1, LEAVES[0], (extension,)), LOG)


def test_a_cosignature_states_its_time() -> None:
    line = checkpoints.cosign(HEAD.text(), WITNESS, NOON)
    assert checkpoints.check_cosignature(HEAD.text(), line, WITNESS.verifier) == NOON


def test_a_cosignature_holds_for_its_checkpoint_its_time_and_its_witness() -> None:
    line = checkpoints.cosign(HEAD.text(), WITNESS, NOON)
    with pytest.raises(BadSignature):
        checkpoints.check_cosignature(Checkpoint(LOG.name, 101, HEAD.root).text(), line, WITNESS.verifier)
    parsed = notes.parse_line(line)
    later = (NOON + 1).to_bytes(8, "big") + parsed.signature[8:]
    with pytest.raises(BadSignature):
        checkpoints.check_cosignature(HEAD.text(), str(notes.SignatureLine(parsed.name, parsed.key_id, later)), WITNESS.verifier)
    with pytest.raises(UnknownKey):
        checkpoints.check_cosignature(HEAD.text(), line, OTHER.verifier)
    as_log = Signer(WITNESS.name, WITNESS.private_key, ED25519)
    with pytest.raises(MalformedKey):
        checkpoints.check_cosignature(HEAD.text(), line, as_log.verifier)


def test_only_a_cosigning_key_cosigns_and_only_checkpoints() -> None:
    with pytest.raises(MalformedKey):
        checkpoints.cosign(HEAD.text(), LOG, NOON)
    with pytest.raises(MalformedCheckpoint):
        checkpoints.cosign("cosignature/v1\n", WITNESS, NOON)
    for timestamp in (-1, 2**63):
        with pytest.raises(ValueError, match="as its time"):
            checkpoints.cosign(HEAD.text(), WITNESS, timestamp)


def test_a_time_past_the_largest_is_refused() -> None:
    message = notes.cosigned_message(HEAD.text(), 2**63)
    assert isinstance(WITNESS.private_key, Ed25519PrivateKey)
    signature = (2**63).to_bytes(8, "big") + WITNESS.private_key.sign(message)
    with pytest.raises(BadSignature):
        WITNESS.verifier.check(HEAD.text(), signature)


def test_cosignatures_are_added_and_counted() -> None:
    note = checkpoints.add_lines(NOTE, [checkpoints.cosign(HEAD.text(), signer, NOON) for signer in (WITNESS, OTHER)])
    assert checkpoints.open_checkpoint(note, LOG.verifier) == HEAD
    assert checkpoints.cosignatures(note, [WITNESS.verifier, OTHER.verifier]) == {WITNESS.name: NOON, OTHER.name: NOON}
    assert checkpoints.cosignatures(note, [OTHER.verifier]) == {OTHER.name: NOON}
    assert checkpoints.cosignatures(NOTE, [WITNESS.verifier]) == {}


def test_a_second_line_of_one_key_is_not_added() -> None:
    note = checkpoints.add_lines(NOTE, [checkpoints.cosign(HEAD.text(), WITNESS, NOON)])
    with pytest.raises(MalformedNote):
        checkpoints.add_lines(note, [checkpoints.cosign(HEAD.text(), WITNESS, NOON + 60)])


@pytest.mark.parametrize("line", ["", "— a", "— a AAAA", "a AAAAAAAA", "— a AAAAAAAA\n", "— a AAAAAAAA\n— b AAAAAAAA", "— a  AAAAAAAA"])
def test_what_is_no_signature_line_is_not_added(line: str) -> None:
    with pytest.raises(MalformedNote):
        checkpoints.add_lines(NOTE, [line])
    with pytest.raises(MalformedNote):
        checkpoints.check_cosignature(HEAD.text(), line, WITNESS.verifier)


def proof_of(index: int, extra: bytes = b"") -> TlogProof:
    return TlogProof(index, tuple(merkle.inclusion_proof(index, HEAD.size, node)), NOTE, extra)


@given(st.integers(0, 99), st.binary(max_size=40))
def test_a_proof_survives_its_text_and_verifies(index: int, extra: bytes) -> None:
    proof = checkpoints.parse_tlog_proof(checkpoints.encode_tlog_proof(proof_of(index, extra)))
    assert proof == proof_of(index, extra)
    assert checkpoints.check_tlog_proof(proof, LEAVES[index], LOG.verifier) == HEAD


def test_a_proof_of_the_only_leaf_has_no_hashes() -> None:
    note = checkpoints.sign_checkpoint(Checkpoint(LOG.name, 1, LEAVES[0]), LOG)
    text = checkpoints.encode_tlog_proof(TlogProof(0, (), note))
    assert checkpoints.check_tlog_proof(checkpoints.parse_tlog_proof(text), LEAVES[0], LOG.verifier).size == 1


def test_a_proof_holds_for_its_leaf_place_and_log() -> None:
    proof = proof_of(42)
    with pytest.raises(BadProof):
        checkpoints.check_tlog_proof(proof, LEAVES[43], LOG.verifier)
    with pytest.raises(BadProof):
        checkpoints.check_tlog_proof(TlogProof(43, proof.hashes, NOTE), LEAVES[42], LOG.verifier)
    with pytest.raises(BadProof):
        checkpoints.check_tlog_proof(TlogProof(42, proof.hashes[1:], NOTE), LEAVES[42], LOG.verifier)
    stranger = Signer(LOG.name, OTHER.private_key)
    with pytest.raises(UnknownKey):
        checkpoints.check_tlog_proof(proof, LEAVES[42], stranger.verifier)


PROOF = checkpoints.encode_tlog_proof(proof_of(42, b"x"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        PROOF.replace("proof@v1", "proof@v2"),
        PROOF.replace("index 42", "index 042"),
        PROOF.replace("index 42", "42"),
        PROOF.replace("index 42\n", ""),
        PROOF.replace("extra eA==", "extra eB=="),
        PROOF.replace("extra eA==", "extra "),
        PROOF.replace("extra eA==\n", "extra eA==\nextra eA==\n"),
        PROOF.replace("extra eA==\nindex 42\n", "index 42\nextra eA==\n"),
        PROOF.replace("index 42\n", "index 42\nAAAA\n"),
        PROOF.partition("\n\n")[0] + "\n\n",
        PROOF.partition("\n\n")[0] + "\n",
        PROOF.partition("\n\n")[0] + f"\n{ROOT64}" * 60 + "\n\n" + NOTE,
        PROOF + "x" * notes.MAX_NOTE_BYTES,
    ],
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(MalformedEvidence):
        checkpoints.parse_tlog_proof(text)


@given(st.text() | st.lists(st.sampled_from(["c2sp.org/tlog-proof@v1\n", "extra eA==\n", "index 42\n", "\n", ROOT64, NOTE])).map("".join))
def test_foreign_proofs_give_only_our_errors_and_one_spelling(text: str) -> None:
    with contextlib.suppress(CertsError):
        proof = checkpoints.parse_tlog_proof(text)
        assert checkpoints.encode_tlog_proof(proof) == text
        checkpoints.check_tlog_proof(proof, LEAVES[42], LOG.verifier)
