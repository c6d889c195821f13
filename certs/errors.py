"""Name everything that can be wrong with a key, a certificate, a note or a proof.

CertsError
├── MalformedName            a log origin, SPIFFE id or hall id of the wrong form
├── MalformedNote            not a C2SP signed note
├── MalformedCheckpoint      not a C2SP checkpoint
├── MalformedEntry           not the bytes of a ledger or inbox leaf
├── MalformedKeyEntry        not the text of a key entry
├── ContradictoryKeyEntry    a key entry that contradicts those before it
├── MalformedCharter         not the text of a charter
├── MalformedKey             not a key of the expected kind
├── MalformedProfile         not certificate profiles, or with a key that is wrong
├── MalformedEvidence        not an evidence file, or one with anything unexpected in it
├── BrokenEvidence           evidence of which some part, named by the error, does not hold
├── BadSignature             a signature by a known key that does not verify
├── UnknownKey               no signature by, or no record of, the key that is needed
├── BadProof                 hashes that do not lead to the root
├── NotAReader               a payload that is not encrypted to whoever opens it
├── PayloadTampered          an encrypted payload that is not what its author made for this header
├── MalformedJson            not JSON that means the same to every reader
├── JwsInvalid               a signed JSON object that does not hold, with the word for why (Fault)
│   ├── CredentialInvalid    a licence's credential, or its presentation
│   ├── StatusListInvalid    a status list token
│   └── AnnotationInvalid    a presentation's annotation (加注件)
├── MalformedLicenceFile     not a licence file, or one with anything unexpected in it
├── MalformedLicenceCode     not the content of a licence's QR code
├── ForeignQuestion          a signed question that is meant for someone else
├── TokenInvalid             an enrolment token of the wrong form
├── SigningRequestInvalid    a signing request without proof of possession, or unreadable
├── KeyTooWeak               a key that is not of an allowed kind and size
├── RequestStale             a signed request whose time is too far from now
├── AuthorityExpired         a certificate is asked of an authority that is not in force
├── RenewalTooLate           the certificate to be succeeded expired too long ago
└── IdentityInvalid          a certificate that does not name exactly one hall
"""

from enum import StrEnum


class CertsError(Exception):
    """Anything that this package refuses."""


class MalformedName(CertsError):
    """A name of the wrong form."""


class MalformedNote(CertsError):
    """Not a C2SP signed note."""


class MalformedCheckpoint(CertsError):
    """Not a C2SP checkpoint."""


class MalformedEntry(CertsError):
    """Not the bytes of a ledger or inbox leaf."""


class MalformedKeyEntry(CertsError):
    """Not the text of a key entry."""


class ContradictoryKeyEntry(CertsError):
    """A key entry that contradicts those before it."""


class MalformedCharter(CertsError):
    """Not the text of a charter."""


class MalformedKey(CertsError):
    """Not a key of the expected kind."""


class MalformedProfile(CertsError):
    """Not certificate profiles, or with a key that is wrong."""


class MalformedEvidence(CertsError):
    """Not an evidence file, or one with anything unexpected in it."""


class BrokenEvidence(CertsError):
    """Evidence of which some part does not hold: `part` names it, `why` says what is wrong."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(f"{part}: {why}")
        self.part = part
        self.why = why


class BadSignature(CertsError):
    """A signature by a known key that does not verify."""


class UnknownKey(CertsError):
    """No signature by, or no record of, the key that is needed."""


class BadProof(CertsError):
    """Hashes that do not lead to the root."""


class NotAReader(CertsError):
    """A payload that is not encrypted to whoever opens it."""


class PayloadTampered(CertsError):
    """An encrypted payload that is not what its author made for this header."""


class MalformedJson(CertsError):
    """Not JSON that means the same to every reader."""


class Fault(StrEnum):
    """Why a signed JSON object does not hold: words that callers switch on."""

    MALFORMED = "malformed"
    TOO_LONG = "too-long"
    WRONG_TYPE = "wrong-type"
    WRONG_ALGORITHM = "wrong-algorithm"
    UNKNOWN_KEY = "unknown-key"
    BAD_SIGNATURE = "bad-signature"
    FOREIGN_ISSUER = "foreign-issuer"
    UNKNOWN_HASH = "unknown-hash"
    DUPLICATE_DIGEST = "duplicate-digest"
    DUPLICATE_DISCLOSURE = "duplicate-disclosure"
    EXTRA_DISCLOSURE = "extra-disclosure"
    MALFORMED_DISCLOSURE = "malformed-disclosure"
    WEAK_SALT = "weak-salt"
    NAME_TAKEN = "name-taken"
    HIDDEN_CLAIM = "hidden-claim"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    STALE = "stale"
    BINDING_MISSING = "binding-missing"
    BINDING_UNEXPECTED = "binding-unexpected"
    BINDING_INVALID = "binding-invalid"
    WRONG_AUDIENCE = "wrong-audience"
    WRONG_NONCE = "wrong-nonce"
    OTHER_PRESENTATION = "other-presentation"


class JwsInvalid(CertsError):
    """A signed JSON object that does not hold: `fault` says why in a word, `why` in a sentence without its content."""

    def __init__(self, fault: Fault, why: str) -> None:
        super().__init__(f"{fault.value}: {why}")
        self.fault = fault
        self.why = why


class CredentialInvalid(JwsInvalid):
    """A licence's credential, or its presentation, that does not hold."""


class StatusListInvalid(JwsInvalid):
    """A status list token that does not hold."""


class AnnotationInvalid(JwsInvalid):
    """A presentation's annotation (加注件) that does not hold."""


class MalformedLicenceFile(CertsError):
    """Not a licence file, or one with anything unexpected in it."""


class MalformedLicenceCode(CertsError):
    """Not the content of a licence's QR code."""


class ForeignQuestion(CertsError):
    """A signed question that is meant for someone else."""


class TokenInvalid(CertsError):
    """An enrolment token of the wrong form."""


class SigningRequestInvalid(CertsError):
    """A signing request without proof of possession, or unreadable."""


class KeyTooWeak(CertsError):
    """A key that is not of an allowed kind and size."""


class RequestStale(CertsError):
    """A signed request whose time is too far from now."""


class AuthorityExpired(CertsError):
    """A certificate is asked of an authority that is not in force."""


class RenewalTooLate(CertsError):
    """The certificate to be succeeded expired too long ago."""


class IdentityInvalid(CertsError):
    """A certificate that does not name exactly one hall."""
