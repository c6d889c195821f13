import tracemalloc
import zlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.base64url import encode
from certs.charter import Charter
from certs.errors import Fault, StatusListInvalid
from certs.licence_keys import key_id
from certs.names import journal_origin, ledger_origin, registry_name
from certs.notes import ED25519, Signer, vkey
from certs.status_list import (
    CAPACITY,
    INVALID,
    SUSPENDED,
    VALID,
    StatusList,
    free_index,
    open_token,
    sign_token,
    unpacked,
)
from tests.certs.licences import CLEAR, DOMAIN, KEY, KEY_ID, NOW, issued, private, signed

REGISTRY = Signer(registry_name(DOMAIN), private(3))
CHARTER = Charter(
    DOMAIN,
    1,
    vkey(ledger_origin(DOMAIN, 1), ED25519, private(1).public_key()),
    vkey(journal_origin(DOMAIN, "hub", 1), ED25519, private(2).public_key()),
    REGISTRY.vkey,
)
URI = CLEAR.status_uri
DAY = timedelta(days=1)
STATUSES = {70_123: SUSPENDED, 0: INVALID, CAPACITY - 1: INVALID}
GOOD = StatusList.of(STATUSES)


def token(uri: str = URI, statuses: StatusList = GOOD) -> str:
    return sign_token(uri, statuses, REGISTRY, NOW, DAY)


@pytest.mark.parametrize(
    ("bits", "statuses", "lst"),
    [
        # draft-ietf-oauth-status-list §4.1 and §4.2: the examples of one and of two bits.
        (1, [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], "eNrbuRgAAhcBXQ"),
        (2, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3], "eNo76fITAAPfAgc"),
    ],
)
def test_the_lists_of_the_draft_are_read_and_written(bits: int, statuses: list[int], lst: str) -> None:
    packed = unpacked(lst, 100)
    found = StatusList(bits, packed)
    assert [found.status(index) for index in range(found.size)] == statuses
    assert found.compressed() == lst


@given(
    st.dictionaries(st.integers(0, CAPACITY - 1), st.sampled_from([VALID, INVALID, SUSPENDED]), max_size=50), st.integers(0, CAPACITY - 1)
)
def test_each_licence_has_its_own_status(statuses: dict[int, int], other: int) -> None:
    found = StatusList.of(statuses)
    assert {index: found.status(index) for index in statuses} == statuses
    assert found.status(other) == statuses.get(other, VALID)
    assert found.size == CAPACITY


def test_a_list_is_of_one_size_however_few_stand_in_it() -> None:
    assert len(StatusList.of({}).packed) == len(GOOD.packed) == 32_768


def test_a_published_list_says_what_the_hub_signed() -> None:
    found = open_token(token(), CHARTER, NOW)
    assert found.uri == URI
    assert found.issued_at == NOW
    assert {index: found.statuses.status(index) for index in STATUSES} == STATUSES
    assert found.statuses.status(5) == VALID


def test_a_list_is_stale_when_it_expires_and_still_says_what_was_so() -> None:
    late = open_token(token(), CHARTER, NOW + 400 * DAY)
    assert late.is_stale(NOW + 400 * DAY)
    assert late.is_stale(NOW + DAY)
    assert not late.is_stale(NOW + DAY - timedelta(seconds=1))
    assert late.statuses.status(70_123) == SUSPENDED


def claims(**changes: Any) -> dict[str, Any]:
    seconds = int(NOW.timestamp())
    content = {"sub": URI, "iat": seconds, "exp": seconds + 60, "status_list": {"bits": 2, "lst": GOOD.compressed()}}
    return {name: value for name, value in {**content, **changes}.items() if value is not None}


def forged(content: dict[str, Any], **header: Any) -> str:
    return signed(content, **{"key": private(3), "typ": "statuslist+jwt", "kid": key_id(REGISTRY.verifier), **header})


def packed(data: bytes) -> dict[str, Any]:
    return {"bits": 2, "lst": encode(zlib.compress(data))}


LIES: dict[str, tuple[str, Fault]] = {
    "signed by a hall": (forged(claims(), key=KEY, kid=KEY_ID), Fault.UNKNOWN_KEY),
    "signed by a hall under the registry's key id": (forged(claims(), key=KEY), Fault.BAD_SIGNATURE),
    "without a key id": (forged(claims(), kid=None), Fault.UNKNOWN_KEY),
    "a key id that is no text": (forged(claims(), kid=[]), Fault.UNKNOWN_KEY),
    "alg none": (forged(claims(), alg="none"), Fault.WRONG_ALGORITHM),
    "alg HS256": (forged(claims(), alg="HS256"), Fault.WRONG_ALGORITHM),
    "typ of a credential": (forged(claims(), typ="dc+sd-jwt"), Fault.WRONG_TYPE),
    "a credential": (issued().partition("~")[0], Fault.WRONG_TYPE),
    "of another province": (forged(claims(sub="tongban://other.test/status/huadian/1")), Fault.FOREIGN_ISSUER),
    "a name that is none": (forged(claims(sub="https://jilin.test/1")), Fault.MALFORMED),
    "a name that is no text": (forged(claims(sub=[URI])), Fault.MALFORMED),
    "no name": (forged(claims(sub=None)), Fault.MALFORMED),
    "from the future": (forged(claims(iat=int(NOW.timestamp()) + 301)), Fault.NOT_YET_VALID),
    "without the time of its signature": (forged(claims(iat=None)), Fault.MALFORMED),
    "without an end": (forged(claims(exp=None)), Fault.MALFORMED),
    "true as its end": (forged(claims(exp=True)), Fault.MALFORMED),
    "an end that no calendar holds": (forged(claims(exp=2**53 - 1)), Fault.MALFORMED),
    "one bit a licence": (forged(claims(status_list={"bits": 1, "lst": GOOD.compressed()})), Fault.MALFORMED),
    "true bits": (forged(claims(status_list={"bits": True, "lst": GOOD.compressed()})), Fault.MALFORMED),
    "no list": (forged(claims(status_list=None)), Fault.MALFORMED),
    "a list that is no object": (forged(claims(status_list=[])), Fault.MALFORMED),
    "a short list": (forged(claims(status_list=packed(bytes(32_767)))), Fault.MALFORMED),
    "a long list": (forged(claims(status_list=packed(bytes(32_769)))), Fault.TOO_LONG),
    "a bomb": (forged(claims(status_list=packed(bytes(50_000_000)))), Fault.TOO_LONG),
    "a list cut short": (forged(claims(status_list={"bits": 2, "lst": encode(zlib.compress(bytes(32_768))[:-5])})), Fault.MALFORMED),
    "more behind the list": (forged(claims(status_list={"bits": 2, "lst": encode(zlib.compress(bytes(32_768)) + b"x")})), Fault.MALFORMED),
    "a list that is not packed": (forged(claims(status_list={"bits": 2, "lst": "AAAA"})), Fault.MALFORMED),
    "a list in no base64url": (forged(claims(status_list={"bits": 2, "lst": "!"})), Fault.MALFORMED),
}


@pytest.mark.parametrize(("text", "expected"), LIES.values(), ids=LIES.keys())
def test_a_list_that_the_hub_did_not_sign_so_is_refused(text: str, expected: Fault) -> None:
    with pytest.raises(StatusListInvalid) as caught:
        open_token(text, CHARTER, NOW)
    assert caught.value.fault is expected


def test_the_tools_of_these_tests_make_lists_that_hold() -> None:
    assert open_token(forged(claims()), CHARTER, NOW).statuses == GOOD


def test_an_index_outside_the_list_has_no_status() -> None:
    for index in (-1, CAPACITY):
        with pytest.raises(StatusListInvalid):
            GOOD.status(index)
        with pytest.raises(ValueError, match="no status"):
            StatusList.of({index: INVALID})
    with pytest.raises(ValueError, match="no status"):
        StatusList.of({1: 4})


def test_a_licence_gets_a_random_place_that_none_has() -> None:
    used: set[int] = set()
    for _ in range(2_000):
        index = free_index(used, len(used))
        assert index is not None
        assert 0 <= index < CAPACITY
        assert index not in used
        used.add(index)
    # Neither next to each other nor all in one part of the list.
    assert len({index // (CAPACITY // 16) for index in used}) == 16
    assert free_index(set(), CAPACITY) is None


def test_a_place_is_found_though_three_quarters_are_taken() -> None:
    taken = set(range(CAPACITY * 3 // 4 - 1))
    index = free_index(taken, len(taken))
    assert index is not None
    assert index not in taken


def test_a_bomb_is_not_unpacked() -> None:
    bomb = encode(zlib.compress(bytes(50_000_000)))
    tracemalloc.start()
    with pytest.raises(StatusListInvalid):
        unpacked(bomb, 32_768)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
