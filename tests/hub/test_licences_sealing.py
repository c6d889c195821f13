"""What the registry keeps says nothing to whoever has the database alone."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ConfigInvalid
from hub.licences.sealing import DATA_KEY, HASH_BYTES, KEY_BYTES, Seal, SealBroken, create_key, load_seal

SEAL = Seal.of(bytes(range(KEY_BYTES)))


@given(st.text(), st.text(max_size=40))
def test_what_is_sealed_opens_in_its_place_with_its_key_and_nowhere_else(text: str, place: str) -> None:
    sealed = SEAL.close(text, place)
    assert SEAL.open(sealed, place) == text
    assert sealed == SEAL.close(text, place)  # a registry equals its rebuild
    for wrong, where in ((SEAL, f"{place}1"), (Seal.of(bytes(KEY_BYTES)), place)):
        with pytest.raises(SealBroken):
            wrong.open(sealed, where)


@given(st.binary(max_size=60))
def test_foreign_bytes_do_not_open_and_their_error_holds_nothing_of_them(data: bytes) -> None:
    with pytest.raises(SealBroken, match="what is kept of 1 does not open"):
        SEAL.open(data, "1")


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_nonce_serves_two_texts(one: str, other: str) -> None:
    if one != other:
        assert SEAL.close(one, "1")[:12] != SEAL.close(other, "1")[:12]
        assert SEAL.close(one, "1")[:12] != SEAL.close(one, "2")[:12]


def test_a_holders_hash_depends_on_kind_code_and_key() -> None:
    found = {SEAL.holder("001", "1"), SEAL.holder("111", "1"), SEAL.holder("001", "2"), Seal.of(bytes(KEY_BYTES)).holder("001", "1")}
    assert (len(found), {len(one) for one in found}) == (4, {HASH_BYTES})


def test_its_file_is_made_once_private_and_read_whole(tmp_path: Path) -> None:
    assert load_seal(tmp_path) is None
    create_key(tmp_path)
    assert (tmp_path / DATA_KEY).stat().st_mode & 0o777 == 0o600
    assert load_seal(tmp_path) is not None
    with pytest.raises(FileExistsError):
        create_key(tmp_path)
    (tmp_path / DATA_KEY).write_bytes(os.urandom(31))
    with pytest.raises(ConfigInvalid, match="registry-data"):
        load_seal(tmp_path)
