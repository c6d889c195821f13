"""Write and read key entries: what the registry says of the halls' keys.

Laws: an entry has one spelling, so that its note can be compared and kept; names inside keys are those of the hall and
epoch that the entry is about; the log key and the cosigning key differ (C2SP tlog-cosignature asks for it).

    <trust domain>/key-entry
    act introduction | revocation | succession | licence | licence-revocation
    hall <hall>
    epoch <journal epoch>
    log <verifier key>          introduction: of the journal; the inbox log has the same key under its own name
    cosigning <verifier key>    introduction
    hpke <base64>               introduction: X25519, 32 bytes
    cut-off <ledger index>      revocation: from this index on nothing by these keys counts
    reason <word>               revocation
    index <journal index>       succession: the leaf that names the successor, the last of its batch
    successor <verifier key>    succession: signs all checkpoints of more than index + 1 leaves
    key <verifier key>          licence: signs the hall's licences from now on, until the next
    key-id <thumbprint>         licence-revocation: RFC 7638, base64url; followed by cut-off and reason as of a revocation
"""

import re
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from certs.charter import root_signer, root_verifier
from certs.errors import KeyTooWeak, MalformedKey, MalformedKeyEntry, MalformedName
from certs.keys import check_hpke_key
from certs.names import HUB, check_hall, check_trust_domain, journal_origin, licence_name, parse_origin, registry_name, witness_name
from certs.notes import COSIGNATURE, ED25519, Signer, Verifier, join, open_note, parse_base64, parse_vkey, sign, split

MAX_INDEX = 2**63 - 1
"""Indices are 64-bit signed in databases."""

_FIRST_LINE_END = "/key-entry"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_REASON = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Introduction:
    """A hall's keys of a journal epoch; `log` and `cosigning` are C2SP verifier keys, `hpke` is 32 bytes."""

    hall: str
    epoch: int
    log: str
    cosigning: str
    hpke: bytes


@dataclass(frozen=True, slots=True)
class Revocation:
    """Nothing by the keys of this epoch counts from the ledger index `cut_off` on; `reason` is a word like `key-stolen`."""

    hall: str
    epoch: int
    cut_off: int
    reason: str


@dataclass(frozen=True, slots=True)
class Succession:
    """The journal leaf `index` names the key that signs all checkpoints of more than index + 1 leaves."""

    hall: str
    epoch: int
    index: int
    successor: str


@dataclass(frozen=True, slots=True)
class LicenceIntroduction:
    """The key with which a hall signs licences from now on, a C2SP verifier key."""

    hall: str
    epoch: int
    key: str


@dataclass(frozen=True, slots=True)
class LicenceRevocation:
    """Nothing by this licence key counts from the ledger index `cut_off` on; `key_id` is its thumbprint."""

    hall: str
    epoch: int
    key_id: str
    cut_off: int
    reason: str


KeyAct = Introduction | Revocation | Succession | LicenceIntroduction | LicenceRevocation


def entry_text(trust_domain: str, act: KeyAct) -> str:
    """Write an entry, or raise MalformedKeyEntry when it could not be read back."""
    _check(trust_domain, act)
    lines = [f"{trust_domain}{_FIRST_LINE_END}", *(f"{name} {value}" for name, value in _fields(act))]
    return "".join(f"{line}\n" for line in lines)


def parse_entry(text: str) -> tuple[str, KeyAct]:
    """Return trust domain and act of an entry's text, or raise MalformedKeyEntry."""
    first, *lines = text.split("\n")
    trust_domain = first.removesuffix(_FIRST_LINE_END)
    act = _act([line.partition(" ")[2] for line in lines[:-1]])
    # One spelling: what is written back has to be what was read, line names and order included.
    if entry_text(trust_domain, act) != text:
        raise MalformedKeyEntry("a key entry in a spelling that is not the canonical one")
    return trust_domain, act


def sign_entry(trust_domain: str, act: KeyAct, registry: Signer) -> str:
    """Return the entry as a note signed by the registry key; raises MalformedKeyEntry."""
    return sign(entry_text(trust_domain, act), [registry])


def open_entry(note: str, registry: Verifier) -> KeyAct:
    """Return what the registry said; raises MalformedNote, BadSignature, UnknownKey or MalformedKeyEntry."""
    trust_domain, act = parse_entry(open_note(note, [registry]))
    if registry.name != registry_name(trust_domain):
        raise MalformedKeyEntry(f"a key entry of {trust_domain}, signed by {registry.name}")
    return act


def authorise_entry(note: str, root_key: EllipticCurvePrivateKey) -> str:
    """Add the root's signature to a key entry: a hall that lost its log key starts a new epoch only with it."""
    text, lines = split(note)
    trust_domain, _ = parse_entry(text)
    return join(text, [*lines, root_signer(trust_domain, root_key).line(text)])


def check_authorised(note: str, root: x509.Certificate) -> None:
    """Check that the root signed a key entry too; raises UnknownKey, BadSignature, MalformedNote or IdentityInvalid."""
    open_note(note, [root_verifier(root)])


def _fields(act: KeyAct) -> list[tuple[str, object]]:
    about: list[tuple[str, object]] = [("hall", act.hall), ("epoch", act.epoch)]
    match act:
        case Introduction():
            hpke = b64encode(act.hpke).decode()
            return [("act", "introduction"), *about, ("log", act.log), ("cosigning", act.cosigning), ("hpke", hpke)]
        case Revocation():
            return [("act", "revocation"), *about, ("cut-off", act.cut_off), ("reason", act.reason)]
        case Succession():
            return [("act", "succession"), *about, ("index", act.index), ("successor", act.successor)]
        case LicenceIntroduction():
            return [("act", "licence"), *about, ("key", act.key)]
        case LicenceRevocation():
            why = [("cut-off", act.cut_off), ("reason", act.reason)]
            return [("act", "licence-revocation"), *about, ("key-id", act.key_id), *why]


def _act(values: list[str]) -> KeyAct:
    match values:
        case ["introduction", hall, epoch, log, cosigning, hpke]:
            return Introduction(hall, _number(epoch), log, cosigning, _bytes(hpke))
        case ["revocation", hall, epoch, cut_off, reason]:
            return Revocation(hall, _number(epoch), _number(cut_off), reason)
        case ["succession", hall, epoch, index, successor]:
            return Succession(hall, _number(epoch), _number(index), successor)
        case ["licence", hall, epoch, key]:
            return LicenceIntroduction(hall, _number(epoch), key)
        case ["licence-revocation", hall, epoch, key_id, cut_off, reason]:
            return LicenceRevocation(hall, _number(epoch), key_id, _number(cut_off), reason)
    raise MalformedKeyEntry("not the lines of a key entry")


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise MalformedKeyEntry(f"{text!r} is not a number of a key entry")
    return int(text)


def _bytes(text: str) -> bytes:
    try:
        return parse_base64(text)
    except ValueError:
        raise MalformedKeyEntry("the HPKE key is not base64 in its canonical spelling") from None


def _check(trust_domain: str, act: KeyAct) -> None:
    try:
        check_trust_domain(trust_domain)
        origin = journal_origin(trust_domain, check_hall(act.hall), act.epoch)
        parse_origin(origin)
        _check_act(trust_domain, origin, act)
    except (MalformedName, MalformedKey, KeyTooWeak) as error:
        raise MalformedKeyEntry(f"not a key entry: {error}") from None
    if act.hall == HUB:
        raise MalformedKeyEntry("the hub's keys are in the charter")


def _check_act(trust_domain: str, origin: str, act: KeyAct) -> None:
    match act:
        case Introduction():
            log = _check_key(act.log, origin, ED25519)
            cosigning = _check_key(act.cosigning, witness_name(trust_domain, act.hall), COSIGNATURE)
            check_hpke_key(act.hpke)
            if log.encoded == cosigning.encoded:
                raise MalformedKeyEntry("the log key and the cosigning key are the same")
        case Revocation():
            _check_cut_off(act)
        case Succession():
            _check_index(act.index)
            _check_key(act.successor, origin, ED25519)
        case LicenceIntroduction():
            _check_key(act.key, licence_name(trust_domain, act.hall, act.epoch), ED25519)
        case LicenceRevocation():
            _check_cut_off(act)
            _check_key_id(act.key_id)


def _check_key(vkey: str, name: str, algorithm: int) -> Verifier:
    verifier = parse_vkey(vkey)
    if (verifier.name, verifier.algorithm) != (name, algorithm):
        raise MalformedKeyEntry(f"expected a key of type {algorithm} named {name}, found type {verifier.algorithm} named {verifier.name}")
    return verifier


def _check_cut_off(act: Revocation | LicenceRevocation) -> None:
    _check_index(act.cut_off)
    if not _REASON.fullmatch(act.reason):
        raise MalformedKeyEntry(f"{act.reason!r} is not a reason (one word of lower-case letters, digits and hyphens, at most 64)")


def _check_key_id(key_id: str) -> None:
    # The last character holds two bits that nothing says: only one of its spellings is meant.
    if not _KEY_ID.fullmatch(key_id) or urlsafe_b64encode(urlsafe_b64decode(f"{key_id}=")).decode() != f"{key_id}=":
        raise MalformedKeyEntry("not the thumbprint of a key (43 characters of base64url)")


def _check_index(index: int) -> None:
    if not 0 <= index <= MAX_INDEX:
        raise MalformedKeyEntry(f"{index} is not an index")
