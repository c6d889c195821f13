import tracemalloc
import zlib
from dataclasses import replace

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from certs import base45, licence_code
from certs.base64url import encode
from certs.credential import present, verify
from certs.errors import CertsError, CredentialInvalid, Fault, MalformedLicenceCode
from certs.licence_code import MOST_CHARACTERS, PREFIX, from_code, to_code
from tests.certs.licences import CLAIMS, FIELDS, KEY_ID, KNOWN, NOW, issued, joined, said, signed

SHOWN = present(issued(), {"holder.name"})
CODE = to_code(SHOWN)
KEY_AND_SIGNATURE = bytes(96)


@given(st.sets(st.sampled_from([*sorted(FIELDS), "holder.name", "holder.code", "holder.code_type"])))
def test_a_presentation_comes_back_as_it_was(fields: set[str]) -> None:
    shown = present(issued(), fields)
    assert from_code(to_code(shown)) == shown
    assert verify(from_code(to_code(shown)), KNOWN.get, NOW).disclosed.keys() == fields - {"scope"}


def test_a_minimal_presentation_fits_one_code_that_is_read_from_a_card() -> None:
    fields = {f"field_name_{number}": "x" for number in range(15)}
    shown = present(issued(replace(CLAIMS, fields=fields, public=frozenset())), {"holder.name"})
    made = segno.make(to_code(shown), error="m", boost_error=False)
    assert isinstance(made.version, int)
    assert made.version <= 25
    assert (made.error, made.mode) == ("M", "alphanumeric")


def test_the_longest_code_is_the_most_that_version_25_holds() -> None:
    longest = "A" * MOST_CHARACTERS
    assert segno.make(longest, error="m", boost_error=False, version=25).version == 25
    with pytest.raises(segno.DataOverflowError):
        segno.make(longest + "A", error="m", boost_error=False, version=25)


def test_a_code_holds_no_address_and_no_chain() -> None:
    assert set(CODE) <= set(base45.ALPHABET)
    assert "HTTP" not in CODE
    data = base45.decode(CODE.removeprefix(PREFIX))
    assert encode(data[:32]) == KEY_ID


def test_what_does_not_fit_is_not_made() -> None:
    with pytest.raises(MalformedLicenceCode, match="show fewer fields"):
        to_code(
            present(issued(replace(CLAIMS, fields={f"field_{number}": "x" for number in range(20)}, public=frozenset())), {"holder.name"})
        )
    with pytest.raises(MalformedLicenceCode, match="show fewer fields"):
        to_code(joined(signed({**said(SHOWN), "fields": {"field": "x" * 66_000}})))


@pytest.mark.parametrize(
    "presentation",
    [
        joined(signed(said(SHOWN), alg="Ed25519")),
        joined(signed(said(SHOWN), kid="short")),
        joined(signed(said(SHOWN), kid="!")),
        joined(signed(said(SHOWN), kid=7)),
        joined(signed(said(SHOWN), more="x")),
        SHOWN + "binding",
    ],
)
def test_what_no_hall_issues_has_no_code(presentation: str) -> None:
    with pytest.raises(MalformedLicenceCode):
        to_code(presentation)


def test_rubbish_has_no_code() -> None:
    with pytest.raises(CredentialInvalid) as caught:
        to_code("rubbish")
    assert caught.value.fault is Fault.MALFORMED


def packed(data: bytes) -> str:
    packer = zlib.compressobj(9, wbits=-15, zdict=licence_code._DICTIONARY)
    return PREFIX + base45.encode(KEY_AND_SIGNATURE + packer.compress(data) + packer.flush())


@pytest.mark.parametrize(
    "code",
    [
        "",
        PREFIX,
        PREFIX + "A",
        PREFIX + "::::",
        "TB2:" + CODE[4:],
        CODE.lower(),
        CODE[:-3],
        CODE + "000",
        CODE + "A" * 2000,
        packed(b""),
        packed(b"\x00"),
        packed(b"\x00\x05abc"),
        packed(b"\x00\x02{}\x00"),
        packed(bytes(10_000_000)),
    ],
)
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(MalformedLicenceCode):
        from_code(code)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = packed(bytes(800_000))
    assert len(bomb) < MOST_CHARACTERS
    tracemalloc.start()
    with pytest.raises(MalformedLicenceCode, match="unpacks to something else"):
        from_code(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300_000


@given(st.integers(0, len(CODE) - 1), st.sampled_from(base45.ALPHABET))
def test_a_character_read_wrong_never_makes_another_licence(place: int, character: str) -> None:
    wrong = CODE[:place] + character + CODE[place + 1 :]
    if wrong == CODE:
        return
    try:
        found = from_code(wrong)
    except MalformedLicenceCode:
        return
    if found == SHOWN:  # DEFLATE has bits that nothing reads
        return
    with pytest.raises(CertsError):
        verify(found, KNOWN.get, NOW)


@pytest.mark.parametrize(
    ("data", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")]
)
def test_base45_is_that_of_the_standard(data: bytes, text: str) -> None:
    # RFC 9285 §4.3 and §4.4.
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@given(st.binary(max_size=60))
def test_bytes_come_back(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@pytest.mark.parametrize("text", ["A", "AAAA", "GGW", ":::", "::", "ab", "A_", "é0"])
def test_what_base45_never_writes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Base45"):
        base45.decode(text)
