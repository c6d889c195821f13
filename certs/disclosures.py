"""Hide claims behind digests, and put back those that are disclosed (RFC 9901 §4.2, §7.1).

Laws: a digest stands once, a disclosure serves once, and none is left over; a disclosure puts no name where there is one, nor
`_sd` or `...`; a salt has at least 128 bits; what is not disclosed leaves no trace.
"""

import hmac
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from certs.base64url import decode, encode
from certs.errors import CredentialInvalid, Fault, MalformedJson
from certs.strict_json import MOST_LEVELS, dumps, loads

DIGESTS: Final = "_sd"
ELEMENT: Final = "..."
HASH_NAME: Final = "_sd_alg"
HASH: Final = "sha-256"

MOST_DISCLOSURES: Final = 600
"""A licence has up to 500 fields."""

_MOST_CHARACTERS = 1 << 16
_SALT_BYTES = 16
_SALT = re.compile(r"[A-Za-z0-9_-]{22,128}")  # 22 characters of base64url hold 128 bits
_OF_PROPERTY = 3
_OF_ELEMENT = 2

Path = tuple[str | int, ...]
"""Names, and positions in arrays, from the outside in."""

Salts = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One claim as it travels: `text` is base64url; `name` is None for an element of an array."""

    text: str
    name: str | None
    value: Any

    @property
    def digest(self) -> str:
        """What stands for it in the signed claims."""
        return digest_of(self.text)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Claims with the disclosed ones put back, and where each of these stands; `hidden` counts digests that stay closed."""

    claims: dict[str, Any]
    disclosed: Mapping[Path, Disclosure]
    hidden: int


def fresh_salt() -> bytes:
    """Return 128 random bits."""
    return os.urandom(_SALT_BYTES)


def digest_of(text: str) -> str:
    """Return the digest of a disclosure, or of a presentation, as it came."""
    return encode(sha256(text.encode()).digest())


def disclosure(name: str, value: object, salt: bytes) -> Disclosure:
    """Make the disclosure of one property."""
    return Disclosure(encode(dumps([encode(salt), name, value])), name, value)


def parse_disclosure(text: str) -> Disclosure:
    """Read a disclosure; raises CredentialInvalid."""
    try:
        found = loads(decode(text)) if len(text) <= _MOST_CHARACTERS else None
    except (ValueError, MalformedJson):
        raise _malformed("a disclosure that is not JSON in base64url") from None
    if not isinstance(found, list) or len(found) not in {_OF_PROPERTY, _OF_ELEMENT}:
        raise _malformed("a disclosure that is not an array of a salt, a name where there is one, and a value")
    if not isinstance(found[0], str) or not _SALT.fullmatch(found[0]):
        raise CredentialInvalid(Fault.WEAK_SALT, "a salt of less than 128 bits, or not in base64url")
    if len(found) == _OF_ELEMENT:
        return Disclosure(text, None, found[1])
    if not isinstance(found[1], str) or found[1] in {DIGESTS, ELEMENT}:
        raise _malformed("a disclosure of a name that none can have")
    return Disclosure(text, found[1], found[2])


def resolve(claims: Mapping[str, Any], disclosures: Sequence[Disclosure]) -> Resolved:
    """Put disclosed claims back where their digests stand (RFC 9901 §7.1 step 3); raises CredentialInvalid."""
    if claims.get(HASH_NAME, HASH) != HASH:
        raise CredentialInvalid(Fault.UNKNOWN_HASH, f"its digests are not {HASH}")
    given = {one.digest: one for one in disclosures}
    if len(given) != len(disclosures):
        raise CredentialInvalid(Fault.DUPLICATE_DISCLOSURE, "a disclosure that came twice")
    walk = _Walk(given)
    found = walk.members({name: value for name, value in claims.items() if name != HASH_NAME}, ())
    if len(walk.disclosed) != len(given):
        raise CredentialInvalid(Fault.EXTRA_DISCLOSURE, "a disclosure that the issuer did not sign for")
    return Resolved(found, walk.disclosed, len(walk.seen) - len(walk.disclosed))


class _Walk:
    """One way through the claims of a credential."""

    def __init__(self, given: Mapping[str, Disclosure]) -> None:
        self.given = given
        self.seen: set[str] = set()
        self.disclosed: dict[Path, Disclosure] = {}

    def value(self, value: object, path: Path) -> Any:  # noqa: ANN401 - JSON is whatever it says
        if len(path) > MOST_LEVELS:
            raise _malformed(f"claims in more than {MOST_LEVELS} levels")
        if isinstance(value, dict):
            return self.members(value, path)
        return self.array(value, path) if isinstance(value, list) else value

    def members(self, members: Mapping[str, Any], path: Path) -> dict[str, Any]:
        if ELEMENT in members:
            raise CredentialInvalid(Fault.MALFORMED, "an element's digest outside an array")
        found = {name: self.value(member, (*path, name)) for name, member in members.items() if name != DIGESTS}
        digests = members.get(DIGESTS, [])
        if not isinstance(digests, list):
            raise CredentialInvalid(Fault.MALFORMED, "digests that are not an array")
        for digest in digests:
            opened = self.opened(digest)
            if opened is None:
                continue
            if opened.name is None:
                raise _malformed("an element's disclosure where a property's belongs")
            if opened.name in found:
                raise CredentialInvalid(Fault.NAME_TAKEN, "a disclosure of a claim that is there already")
            place = (*path, opened.name)
            self.disclosed[place] = opened
            found[opened.name] = self.value(opened.value, place)
        return found

    def array(self, elements: Sequence[Any], path: Path) -> list[Any]:
        found: list[Any] = []
        for element in elements:
            place = (*path, len(found))
            if not isinstance(element, dict) or ELEMENT not in element:
                found.append(self.value(element, place))
                continue
            if len(element) != 1:
                raise CredentialInvalid(Fault.MALFORMED, "an element's digest beside other claims")
            opened = self.opened(element[ELEMENT])
            if opened is None:
                continue
            if opened.name is not None:
                raise _malformed("a property's disclosure where an element's belongs")
            self.disclosed[place] = opened
            found.append(self.value(opened.value, place))
        return found

    def opened(self, digest: object) -> Disclosure | None:
        if not isinstance(digest, str):
            raise CredentialInvalid(Fault.MALFORMED, "a digest that is not a text")
        if digest in self.seen:
            raise CredentialInvalid(Fault.DUPLICATE_DIGEST, "a digest that stands twice")
        self.seen.add(digest)
        return self.given.get(digest)


def same(one: str, other: str) -> bool:
    """Compare two digests in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def _malformed(why: str) -> CredentialInvalid:
    return CredentialInvalid(Fault.MALFORMED_DISCLOSURE, why)
