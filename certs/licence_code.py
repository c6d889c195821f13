"""Put a presentation of few fields into one QR code, and read it back.

Laws: the code holds no address and no chain, only the thumbprint of the licence key, so who reads it needs the province's key
entries; what is read back is the presentation as it was, byte for byte, or nothing; what a code unpacks to is bounded before it is
unpacked; it fits a code of version 25 with error correction M, or is not made.

    "TB1:" and, in Base45:
    opaque key_id[32]; opaque signature[64]; raw DEFLATE with the dictionary below of: uint16 length and claims, as signed (JSON),
    then uint16 length and content of each disclosure (JSON)
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from certs import base45
from certs.base64url import decode, encode
from certs.credential import LICENCE, split
from certs.errors import MalformedLicenceCode
from certs.jws import EDDSA, read
from certs.strict_json import dumps

PREFIX: Final = "TB1:"
MOST_CHARACTERS: Final = 1451
"""Alphanumeric characters of a QR code of version 25, level M (ISO/IEC 18004)."""

# Part of the format: a dictionary of its own would be another version. What stands last is found cheapest.
_DICTIONARY: Final = (
    b'["name","code","code_type","enterprise","address","legal_representative","valid_to",true,false,null'
    b'"cnf":{"jwk":{"kty":"EC","crv":"P-256","x":"","y":""}},{"kty":"OKP","crv":"Ed25519","x":""}'
    b'{"iss":"spiffe:///hall/","vct":"urn:tongban:licence:","licence_id":"1.2.156.3005.2.","iat":17,"nbf":17,"status":{"status_list":'
    b'{"idx":,"uri":"tongban:///status//1"}},"trust_level":"A","exp":18,"layout_digest":"sha-256:","holder":{"_sd":["",""]},'
    b'"fields":{"_sd":["",""]},"_sd_alg":"sha-256"}'
)
_KEY_ID_BYTES = 32
_SIGNATURE_BYTES = 64
_LENGTH_BYTES = 2
_MOST_UNPACKED = 1 << 14
_BEST = 9
_TOO_MUCH = "too much for one QR code: show fewer fields, or hand over the licence file"
_OTHER_FORM = "only a credential of the form that halls issue, without a holder's signature, has a code"
_RAW = -15


def to_code(presentation: str) -> str:
    """Return the text of the QR code that holds a presentation.

    Raises CredentialInvalid, or MalformedLicenceCode for one that does not fit: then show fewer fields, or hand over the file.
    """
    parts = split(presentation)
    key_id = read(LICENCE, parts.jwt).header.get("kid")
    _, claims, signature = parts.jwt.split(".")
    contents = [_raw(content) for content in (claims, *(one.text for one in parts.disclosures))]
    code = PREFIX + base45.encode(_raw(key_id) + _raw(signature) + _packed(contents))
    if len(code) > MOST_CHARACTERS:
        raise MalformedLicenceCode(_TOO_MUCH)
    if parts.binding or from_code(code) != presentation:
        raise MalformedLicenceCode(_OTHER_FORM)
    return code


def from_code(code: str) -> str:
    """Return the presentation that a code holds, nothing of it verified; raises MalformedLicenceCode."""
    if len(code) > MOST_CHARACTERS or not code.startswith(PREFIX):
        raise MalformedLicenceCode("not the code of a licence")
    try:
        data = base45.decode(code.removeprefix(PREFIX))
    except ValueError:
        raise MalformedLicenceCode("not the code of a licence: it was read wrong, or made by others") from None
    key_id, signature = data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES : _KEY_ID_BYTES + _SIGNATURE_BYTES]
    claims, *disclosures = _contents(_unpacked(data[_KEY_ID_BYTES + _SIGNATURE_BYTES :]))
    header = dumps({"alg": EDDSA, "typ": LICENCE.typ, "kid": encode(key_id)})
    jwt = ".".join(encode(part) for part in (header, claims, signature))
    return "".join(f"{part}~" for part in (jwt, *map(encode, disclosures)))


def _raw(text: object) -> bytes:
    try:
        return decode(text if isinstance(text, str) else "?")
    except ValueError:
        raise MalformedLicenceCode(_OTHER_FORM) from None


def _packed(contents: Sequence[bytes]) -> bytes:
    if any(len(content) >= 1 << 8 * _LENGTH_BYTES for content in contents):
        raise MalformedLicenceCode(_TOO_MUCH)
    data = b"".join(len(content).to_bytes(_LENGTH_BYTES, "big") + content for content in contents)
    packer = zlib.compressobj(_BEST, wbits=_RAW, zdict=_DICTIONARY)
    return packer.compress(data) + packer.flush()


def _unpacked(packed: bytes) -> bytes:
    packer = zlib.decompressobj(_RAW, zdict=_DICTIONARY)
    try:
        data = packer.decompress(packed, _MOST_UNPACKED + 1)
    except zlib.error:
        raise MalformedLicenceCode("not the code of a licence: it cannot be unpacked") from None
    if len(data) > _MOST_UNPACKED or not packer.eof or packer.unused_data:
        raise MalformedLicenceCode("not the code of a licence: it unpacks to something else")
    return data


def _contents(data: bytes) -> list[bytes]:
    found = list(_cut(data))
    if not found:
        raise MalformedLicenceCode("not the code of a licence: it is empty")
    return found


def _cut(data: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(data):
        begin = place + _LENGTH_BYTES
        place = begin + int.from_bytes(data[place:begin], "big")
        if place > len(data):
            raise MalformedLicenceCode("not the code of a licence: it is cut short")
        yield data[begin:place]
