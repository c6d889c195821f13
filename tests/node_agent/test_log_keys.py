from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.errors import MalformedKey
from certs.keys import generate_signing_key
from certs.names import inbox_origin, journal_origin
from certs.notes import Signer, Verifier
from node_agent import log_keys
from node_agent.log_keys import LogKeys
from tests.node_agent.tiny_province import TD

ORIGIN = journal_origin(TD, "gongzhuling", 1)


def key(origin: str = ORIGIN) -> Verifier:
    return Signer(origin, generate_signing_key()).verifier


KEYS = [key() for _ in range(5)]


@given(st.lists(st.integers(1, 50), max_size=4, unique=True), st.integers(0, 60))
def test_a_checkpoint_is_signed_by_the_newest_key_that_it_is_behind(places: list[int], size: int) -> None:
    held = [(0, KEYS[0]), *zip(sorted(places), KEYS[1:], strict=False)]
    known = LogKeys((held[0],)).also(reversed(held))
    assert known.keys == tuple(held)
    assert known.newest == held[-1][1]
    assert known.at(size) == ([verifier for behind, verifier in held if behind < size] or [KEYS[0]])[-1]


def test_what_is_written_is_read_and_without_a_file_there_was_one_key(tmp_path: Path) -> None:
    assert log_keys.read(tmp_path, KEYS[0]) == LogKeys(((0, KEYS[0]),))
    known = LogKeys(((0, KEYS[0]), (7, KEYS[1])))
    log_keys.write(tmp_path, known)
    assert log_keys.read(tmp_path, KEYS[1]) == known


def test_the_inbox_log_names_the_same_keys_newest_first() -> None:
    known = LogKeys(((0, KEYS[0]), (7, KEYS[1])))
    found = known.of_inbox()
    assert [verifier.encoded for verifier in found] == [KEYS[1].encoded, KEYS[0].encoded]
    assert {verifier.name for verifier in found} == {inbox_origin(TD, "gongzhuling", 1)}
    assert known.knows(found[0])
    assert not known.knows(KEYS[2])


OTHERS = key(journal_origin(TD, "nongan", 1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "first key\n",
        f"-1 {KEYS[0].vkey}\n",
        f"0 {KEYS[0].vkey[:-4]}\n",
        f"7 {KEYS[0].vkey}\n0 {KEYS[1].vkey}\n",
        f"0 {OTHERS.vkey}\n",
    ],
    ids=["empty", "no number", "a number below 0", "a key cut short", "numbers that fall", "the key of another hall"],
)
def test_a_history_that_is_none_is_not_used(tmp_path: Path, text: str) -> None:
    (tmp_path / log_keys.FILE).write_text(text, "utf-8")
    with pytest.raises(MalformedKey):
        log_keys.read(tmp_path, KEYS[0])
