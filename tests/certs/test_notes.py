import contextlib
from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given
from hypothesis import strategies as st

from certs import notes
from certs.errors import BadSignature, CertsError, MalformedKey, MalformedNote, UnknownKey
from certs.notes import COSIGNATURE, ECDSA, ED25519, Signer, Verifier

# golang.org/x/mod/sumdb/note, package documentation: a key pair and what it signs.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# C2SP signed-note, verifier keys, example.
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)

ONE = Signer("hunan.example/one", Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x01"))
TWO = Signer("hunan.example/two", Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x02"))
ROOT = Signer("hunan.example/root", ec.derive_private_key(7, ec.SECP256R1()), ECDSA)
TEXT = "受理\n\nsecond paragraph\n"


def line_of(name: str, data: bytes) -> str:
    return f"— {name} {b64encode(data).decode()}\n"


@pytest.mark.parametrize(("vkey", "note"), [(GO_VKEY, GO_NOTE), (SPEC_VKEY, SPEC_NOTE)])
def test_published_notes_open_under_their_published_keys(vkey: str, note: str) -> None:
    verifier = notes.parse_vkey(vkey)
    assert verifier.vkey == vkey
    assert notes.open_note(note, [verifier]) == note.rpartition("\n\n")[0] + "\n"
    assert notes.open_note(note.encode(), [verifier]) == notes.open_note(note, [verifier])


def test_a_published_key_signs_its_published_note() -> None:
    signer = Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(GO_SEED))
    assert signer.vkey == GO_VKEY
    assert notes.sign(notes.split(GO_NOTE)[0], [signer]) == GO_NOTE


def test_a_text_may_hold_blank_lines_and_other_scripts() -> None:
    note = notes.sign(TEXT, [ONE, TWO, ROOT])
    text, lines = notes.split(note)
    assert text == TEXT
    assert [line.name for line in lines] == [ONE.name, TWO.name, ROOT.name]
    for signer in (ONE, TWO, ROOT):
        assert notes.open_note(note, [signer.verifier]) == TEXT


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    unknown = line_of(ONE.name, b"\0\0\0\1" + bytes(64)) + line_of("someone.example", ONE.verifier.key_id + bytes(64))
    assert notes.open_note(notes.sign(TEXT, [ONE]) + unknown, [ONE.verifier]) == TEXT


def test_a_note_without_a_known_key_is_refused() -> None:
    with pytest.raises(UnknownKey):
        notes.open_note(notes.sign(TEXT, [ONE]), [TWO.verifier])
    with pytest.raises(UnknownKey):
        notes.open_note(notes.sign(TEXT, [ONE]), [])


def test_one_bad_signature_of_a_known_key_spoils_the_note() -> None:
    note = notes.sign(TEXT, [ONE]) + line_of(TWO.name, TWO.verifier.key_id + bytes(64))
    assert notes.open_note(note, [ONE.verifier]) == TEXT
    with pytest.raises(BadSignature):
        notes.open_note(note, [ONE.verifier, TWO.verifier])


@pytest.mark.parametrize("signer", [ONE, ROOT])
def test_another_text_does_not_verify(signer: Signer) -> None:
    note = notes.sign(TEXT, [signer])
    with pytest.raises(BadSignature):
        notes.open_note(note.replace("second", "Second"), [signer.verifier])


@pytest.mark.parametrize("length", [1, 63, 65, 72, 100])
@pytest.mark.parametrize("algorithm", [ED25519, COSIGNATURE])
def test_a_signature_of_another_length_does_not_verify(algorithm: int, length: int) -> None:
    verifier = Verifier.of("x", algorithm, ONE.private_key.public_key())
    with pytest.raises(BadSignature):
        verifier.check(TEXT, bytes(length))


def test_one_key_under_another_name_or_algorithm_is_another_key() -> None:
    public = ONE.private_key.public_key()
    others = [Verifier.of("hunan.example/other", ED25519, public), Verifier.of(ONE.name, COSIGNATURE, public)]
    for other in others:
        assert other.key_id != ONE.verifier.key_id
        with pytest.raises(UnknownKey):
            notes.open_note(notes.sign(TEXT, [ONE]), [other])


def test_a_key_id_is_hashed_from_name_type_and_key() -> None:
    raw = ONE.private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert ONE.verifier.key_id == sha256(ONE.name.encode() + b"\n\x01" + raw).digest()[:4]
    spki = ROOT.private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert ROOT.verifier.key_id == sha256(ROOT.name.encode() + b"\n\x02" + spki).digest()[:4]


@pytest.mark.parametrize("signer", [ONE, ROOT, Signer("w", TWO.private_key, COSIGNATURE)])
def test_a_verifier_key_survives_its_text(signer: Signer) -> None:
    assert notes.parse_vkey(signer.vkey) == signer.verifier
    assert notes.vkey(signer.name, signer.algorithm, signer.private_key.public_key()) == signer.vkey


def test_verifiers_of_different_keys_differ() -> None:
    assert Verifier.of("a", ED25519, ONE.private_key.public_key()) != Verifier.of("a", ED25519, TWO.private_key.public_key())


def test_a_cosigning_key_signs_no_notes() -> None:
    with pytest.raises(MalformedKey):
        notes.sign(TEXT, [Signer("w", ONE.private_key, COSIGNATURE)])


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a",
        "a+b+c",
        GO_VKEY.replace("c74f20a3", "C74F20A3"),
        GO_VKEY.replace("c74f20a3", "c74f20a4"),
        GO_VKEY.replace("PeterNeumann", "PeterNeuman"),
        GO_VKEY.replace("PeterNeumann", "Peter Neumann"),
        GO_VKEY.replace("PeterNeumann", ""),
        GO_VKEY + "=",
        GO_VKEY + "\n",
        GO_VKEY[:-4],
        "a+00000000+" + b64encode(b"\x05" + bytes(32)).decode(),
        "a+00000000+" + b64encode(b"\x02" + bytes(91)).decode(),
        "a+00000000+",
    ],
)
def test_what_is_no_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(MalformedKey):
        notes.parse_vkey(vkey)


def test_a_key_that_does_not_fit_its_algorithm_is_refused() -> None:
    p384 = ec.generate_private_key(ec.SECP384R1())
    for algorithm, private_key in [(ECDSA, p384), (ED25519, p384), (ECDSA, ONE.private_key), (6, ONE.private_key)]:
        with pytest.raises(MalformedKey):
            Signer("a", private_key, algorithm)


SMALL_ORDER_KEYS = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


def test_the_identity_as_a_key_would_accept_one_signature_for_every_text() -> None:
    forged = bytes.fromhex(SMALL_ORDER_KEYS[0]) + bytes(32)
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(SMALL_ORDER_KEYS[0])).verify(forged, b"whatever")


@pytest.mark.parametrize("key", SMALL_ORDER_KEYS)
def test_a_key_of_small_order_is_refused(key: str) -> None:
    with pytest.raises(MalformedKey, match="small order"):
        Verifier.of("a", ED25519, Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)))


GOOD = notes.sign(TEXT, [ONE])
GOOD_LINE = GOOD.rpartition("\n\n")[2]
BAD_NOTES: dict[str, str | bytes] = {
    "empty": "",
    "no final newline": GOOD[:-1],
    "no signatures": TEXT + "\n",
    "no blank line": TEXT.replace("\n\n", "\n") + GOOD_LINE,
    "blank line behind the signatures": GOOD + "\n",
    "hyphen for em dash": GOOD.replace("—", "-"),
    "no space behind the dash": GOOD.replace("— ", "—"),
    "no key name": GOOD.replace(ONE.name, ""),
    "plus in the key name": GOOD.replace(ONE.name, "a+b"),
    "space in the key name": GOOD.replace(ONE.name, "a b"),
    "no-break space in the key name": GOOD.replace(ONE.name, "a\N{NO-BREAK SPACE}b"),
    "ideographic space in the key name": GOOD.replace(ONE.name, "a\N{IDEOGRAPHIC SPACE}b"),
    "tab": GOOD.replace("second", "\t"),
    "carriage return": GOOD.replace("paragraph\n", "paragraph\r\n"),
    "nul": GOOD.replace("second", "\0"),
    "a lone surrogate": GOOD.replace("second", "\ud800"),
    "invalid UTF-8": GOOD.encode().replace(b"second", b"\xff"),
    "overlong UTF-8": GOOD.encode().replace(b"second", b"\xc0\x80"),
    "base64 without padding": TEXT + "\n— a AAAAAAA\n",
    "base64 with unused bits set": TEXT + "\n— a AAAAAAF=\n",
    "base64 with spaces": TEXT + "\n— a AAAA AAAA\n",
    "base64 of the other alphabet": TEXT + "\n— a AAAAAAA_\n",
    "base64 behind its padding": TEXT + "\n— a AAAAAA==AAAA\n",
    "a key id and no signature": TEXT + "\n" + line_of("a", bytes(4)),
    "two signatures by one key": GOOD + GOOD_LINE,
    "two signatures by one unknown key": GOOD + line_of("a", bytes(9)) + line_of("a", bytes(10)),
    "too many signatures": TEXT + "\n" + "".join(line_of(f"a{at}", bytes(9)) for at in range(65)),
    "too long": "x" * notes.MAX_NOTE_BYTES + GOOD,
}


@pytest.mark.parametrize("fault", BAD_NOTES)
def test_a_malformed_note_is_refused(fault: str) -> None:
    with pytest.raises(MalformedNote):
        notes.split(BAD_NOTES[fault])
    with pytest.raises(MalformedNote):
        notes.open_note(BAD_NOTES[fault], [ONE.verifier])


def test_a_note_may_have_sixty_four_signatures() -> None:
    note = TEXT + "\n" + "".join(line_of(f"a{at}", bytes(9)) for at in range(64))
    assert len(notes.split(note)[1]) == 64


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "\ud800\n"])
def test_what_cannot_be_a_text_is_not_signed(text: str) -> None:
    with pytest.raises(MalformedNote):
        notes.sign(text, [ONE])


def test_a_note_is_not_signed_by_nobody() -> None:
    with pytest.raises(MalformedNote):
        notes.sign(TEXT, [])


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.just("\n")).map(lambda text: text + "\n")


@given(TEXTS)
def test_every_text_survives_its_signature(text: str) -> None:
    assert notes.open_note(notes.sign(text, [ONE]), [ONE.verifier]) == text


NEARLY = st.lists(st.sampled_from(["— ", "\n", "\n\n", " ", "+", "=", "AAAA", "A", "\x00", ONE.name, GOOD_LINE, TEXT, "é"])).map("".join)


@given(st.binary() | st.text() | NEARLY)
@example("\n\n")
@example(b"\xe2\x80\x94 ")
def test_foreign_bytes_give_only_our_errors_and_one_spelling(note: str | bytes) -> None:
    with contextlib.suppress(MalformedNote):
        text, lines = notes.split(note)
        again = text + "\n" + "".join(f"{line}\n" for line in lines)
        assert again == (note.decode() if isinstance(note, bytes) else note)
    with contextlib.suppress(MalformedNote, UnknownKey, BadSignature):
        assert notes.open_note(note, [ONE.verifier]) == TEXT


@given(st.text() | st.builds("{}+{:08x}+{}".format, st.text(), st.integers(0, 2**32 - 1), st.binary().map(b64encode).map(bytes.decode)))
def test_foreign_verifier_keys_give_only_our_errors(vkey: str) -> None:
    with contextlib.suppress(MalformedKey):
        assert notes.parse_vkey(vkey).vkey == vkey


@given(st.sampled_from([ONE.verifier, ROOT.verifier, Verifier.of("w", COSIGNATURE, TWO.private_key.public_key())]), st.binary(max_size=100))
def test_foreign_signatures_give_only_our_errors(verifier: Verifier, signature: bytes) -> None:
    with pytest.raises(CertsError):
        verifier.check(TEXT, signature)
