"""Publish and read the status of a hall's licences as a Token Status List.

Laws: the Internet-Draft is the one named below; a list has the same size however few licences stand in it, and a licence's place
is random, so that neither tells how many there are; the hub signs each list, with the registry key of its charter; what a list
unpacks to is bounded before it is unpacked; a list that has expired still says what was so, and that it is stale.

Two bits a licence: valid, invalid (any ending, superseded), suspended. Places of no licence are valid.
"""

import secrets
import zlib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs.base64url import decode, encode
from certs.charter import Charter
from certs.errors import Fault, MalformedKey, MalformedName, StatusListInvalid
from certs.jws import Kind, jwk_of, open_jws, sign
from certs.licence_keys import key_id
from certs.names import parse_status_uri
from certs.notes import Signer

STATUS_LIST_DRAFT: Final = "draft-ietf-oauth-status-list-21"
"""The Internet-Draft that this follows."""

VALID: Final = 0
INVALID: Final = 1
SUSPENDED: Final = 2

CAPACITY: Final = 1 << 17
"""Licences of one list."""
BITS: Final = 2

LIST: Final = Kind("statuslist+jwt", StatusListInvalid)
CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""By how much a verifier's clock may be behind the hub's."""

_FULL: Final = CAPACITY * 3 // 4
_BYTE = 8
_BEST = 9  # of zlib, as the draft recommends


@dataclass(frozen=True, slots=True)
class StatusList:
    """Statuses packed `bits` each (1, 2, 4 or 8), the first in the lowest bits of the first byte (draft §4.1)."""

    bits: int
    packed: bytes = field(repr=False)

    @classmethod
    def of(cls, statuses: Mapping[int, int]) -> "StatusList":
        """Return a list of full size with these statuses, by index; raises ValueError for one that has no place in it."""
        packed = bytearray(CAPACITY * BITS // _BYTE)
        for index, status in statuses.items():
            if not 0 <= index < CAPACITY or not 0 <= status < 1 << BITS:
                raise ValueError(f"no status {status} at {index} of a list")
            packed[index * BITS // _BYTE] |= status << (index * BITS % _BYTE)
        return cls(BITS, bytes(packed))

    @property
    def size(self) -> int:
        """How many statuses there are."""
        return len(self.packed) * _BYTE // self.bits

    def status(self, index: int) -> int:
        """Return a status, or raise StatusListInvalid for an index behind the end."""
        if not 0 <= index < self.size:
            raise StatusListInvalid(Fault.MALFORMED, "the list does not reach to this licence")
        place = index * self.bits
        return self.packed[place // _BYTE] >> (place % _BYTE) & ((1 << self.bits) - 1)

    def compressed(self) -> str:
        """Return it as a token carries it: zlib, in base64url."""
        return encode(zlib.compress(self.packed, _BEST))


@dataclass(frozen=True, slots=True)
class StatusToken:
    """A list that the hub signed; `expires_at` is when it becomes stale."""

    uri: str
    issued_at: datetime
    expires_at: datetime
    statuses: StatusList

    def is_stale(self, now: datetime) -> bool:
        """Tell whether there has to be a newer one."""
        return now >= self.expires_at


def free_index(used: Container[int], count: int) -> int | None:
    """Return a random index that none of `count` licences has; None when a list is full, so that the next one begins."""
    if count >= _FULL:
        return None
    # A quarter of the list is free, so this ends after few tries.
    return next(index for index in _random_indices() if index not in used)


def _random_indices() -> Iterable[int]:
    while True:
        yield secrets.randbelow(CAPACITY)


def sign_token(uri: str, statuses: StatusList, registry: Signer, now: datetime, lives: timedelta) -> str:
    """Return a list as a token that is fresh for `lives`; caches may hold it as long."""
    if not isinstance(registry.private_key, Ed25519PrivateKey):
        raise MalformedKey("status lists are signed with the registry key")
    seconds = int(lives.total_seconds())
    issued_at = int(now.timestamp())
    claims = {
        "sub": uri,
        "iat": issued_at,
        "exp": issued_at + seconds,
        "ttl": seconds,
        "status_list": {"bits": statuses.bits, "lst": statuses.compressed()},
    }
    return sign(LIST, {"kid": key_id(registry.verifier)}, claims, registry.private_key)


def open_token(token: str, charter: Charter, now: datetime) -> StatusToken:
    """Return a list that this province's hub signed, stale or not; raises StatusListInvalid."""
    registry = charter.registry_verifier
    known = {key_id(registry): jwk_of(registry)}
    said = open_jws(LIST, token, lambda header: known.get(header["kid"]) if isinstance(header.get("kid"), str) else None).claims
    uri = said.get("sub")
    try:
        trust_domain = parse_status_uri(uri if isinstance(uri, str) else "")[0]
    except MalformedName:
        raise _malformed("its subject is not a list's name") from None
    if trust_domain != charter.trust_domain or not isinstance(uri, str):
        raise StatusListInvalid(Fault.FOREIGN_ISSUER, "it is a list of another province")
    issued_at, expires_at = _moment(said.get("iat")), _moment(said.get("exp"))
    if issued_at > now + CLOCKS_DIFFER:
        raise StatusListInvalid(Fault.NOT_YET_VALID, "it was signed in the future: one of the two clocks is wrong")
    return StatusToken(uri, issued_at, expires_at, _list(said.get("status_list")))


def _list(value: object) -> StatusList:
    found = value if isinstance(value, Mapping) else {}
    if type(found.get("bits")) is not int or found["bits"] != BITS or not isinstance(found.get("lst"), str):
        raise _malformed(f"not a list of {BITS} bits a licence")
    packed = unpacked(found["lst"], CAPACITY * BITS // _BYTE)
    if len(packed) != CAPACITY * BITS // _BYTE:
        raise _malformed(f"not a list of {CAPACITY:,} licences")
    return StatusList(BITS, packed)


def unpacked(text: str, most: int) -> bytes:
    """Return what a token's list unpacks to, at most `most` bytes; raises StatusListInvalid."""
    packer = zlib.decompressobj()
    try:
        packed = packer.decompress(decode(text), most + 1)
    except (ValueError, zlib.error):
        raise _malformed("its list cannot be unpacked") from None
    if len(packed) > most:
        raise StatusListInvalid(Fault.TOO_LONG, f"its list unpacks to more than {most:,} bytes")
    if not packer.eof or packer.unused_data:
        raise _malformed("its list cannot be unpacked")
    return packed


def _moment(value: Any) -> datetime:  # noqa: ANN401 - JSON is whatever it says
    try:
        if type(value) is int:
            return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        pass
    raise _malformed("its times are missing, or no calendar holds them")


def _malformed(why: str) -> StatusListInvalid:
    return StatusListInvalid(Fault.MALFORMED, why)
