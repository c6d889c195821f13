"""Pin the bytes of notes, checkpoints, cosignatures and proofs: halls keep them for decades."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs import checkpoints, notes
from certs.checkpoints import Checkpoint, TlogProof
from certs.merkle import Frontier, Growth, leaf_hashes
from certs.notes import COSIGNATURE, ECDSA, Signer
from tests.certs.rfc6962 import REFERENCE_INPUTS, REFERENCE_ROOTS

LOG = Signer("hunan.example/ledger/1", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = Signer("hunan.example/witness/gongzhuling", Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64))), COSIGNATURE)
ROOT = Signer("hunan.example/root", ec.derive_private_key(7, ec.SECP256R1()), ECDSA)

LOG_VKEY = "hunan.example/ledger/1+174ad13a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
WITNESS_VKEY = "hunan.example/witness/gongzhuling+38df6731+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"
ROOT_VKEY = (
    "hunan.example/root+e4be803a+"
    "AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABI5TO2+gv3tGJbswZnwB+2B++fi4qA/vWzAGKHAxh7Kjc+sdveAzGDZtBp+DpvWQAFPHNjPLBBshxV4ahsH0ALQ="
)
TEXT = """\
hunan.example/ledger/1
8
XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=
"""
LOG_LINE = "— hunan.example/ledger/1 F0rROlDbeLdOBloT08Vbbl0pBumCfhN/+nHyNjoeUVA/VpdTaOpvYq0Wcnu70j47M/krWfQcJhGUsmbMOvQ6sgUragc="
COSIGNED_AT = 1_790_000_000
WITNESS_LINE = (
    "— hunan.example/witness/gongzhuling "
    "ON9nMQAAAABqsTuA2aHtw5poyjB3MYMzUbTUOv8V8Iu6SlU58sYiiJD8QOwihH58N7Vy3d8fc83L2bf350ggE5uNMcYuG/WZ+pZUDA=="
)
ROOT_LINE = "— hunan.example/root 5L6AOjBFAiBZGT+1RbFpO0mOBnyIXLXMULHek9COzn3SbtoppdBB4AIhAI0wFmJYPZh+BqLExWU5z4GvHD3q3GZrkc4Y2U8/gVGN"
PROOF = f"""\
c2sp.org/tlog-proof@v1
extra Y2FzZQ==
index 5
vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=
yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=
037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=

{TEXT}
{LOG_LINE}
{WITNESS_LINE}
"""

HEAD = Checkpoint(LOG.name, 8, REFERENCE_ROOTS[8])


def test_verifier_keys_keep_their_text() -> None:
    assert (LOG.vkey, WITNESS.vkey, ROOT.vkey) == (LOG_VKEY, WITNESS_VKEY, ROOT_VKEY)
    assert [notes.parse_vkey(vkey) for vkey in (LOG_VKEY, WITNESS_VKEY, ROOT_VKEY)] == [LOG.verifier, WITNESS.verifier, ROOT.verifier]


def test_a_checkpoint_keeps_its_text_and_its_signature() -> None:
    assert HEAD.text() == TEXT
    assert checkpoints.sign_checkpoint(HEAD, LOG) == f"{TEXT}\n{LOG_LINE}\n"


def test_a_cosignature_keeps_its_message_and_its_line() -> None:
    assert notes.cosigned_message(TEXT, COSIGNED_AT) == f"cosignature/v1\ntime 1790000000\n{TEXT}".encode()
    assert checkpoints.cosign(TEXT, WITNESS, COSIGNED_AT) == WITNESS_LINE


def test_a_note_that_the_root_once_signed_still_opens() -> None:
    assert notes.open_note(f"hunan.example/charter\n\n{ROOT_LINE}\n", [ROOT.verifier]) == "hunan.example/charter\n"


def test_a_proof_keeps_its_text() -> None:
    growth = Growth(Frontier.empty(), leaf_hashes(REFERENCE_INPUTS))
    note = checkpoints.add_lines(checkpoints.sign_checkpoint(HEAD, LOG), [WITNESS_LINE])
    proof = TlogProof(5, tuple(growth.inclusion_proof(5)), note, b"case")
    assert checkpoints.encode_tlog_proof(proof) == PROOF
    assert checkpoints.parse_tlog_proof(PROOF) == proof
