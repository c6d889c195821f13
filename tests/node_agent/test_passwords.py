"""A password is long, not one that is tried first, and costs the same whether it is right or not."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node_agent.accounts import passwords
from node_agent.accounts.passwords import LEAST, MOST, PARALLEL, Hasher, PasswordFault, fault


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("", PasswordFault.TOO_SHORT),
        ("elf zeichen", PasswordFault.TOO_SHORT),
        ("x" * (MOST + 1), PasswordFault.TOO_LONG),
        ("Password1234", PasswordFault.TRIED_FIRST),
        ("1QAZ2wsx3edc", PasswordFault.TRIED_FIRST),
        ("aaaaaaaaaaaaaaaa", PasswordFault.TRIED_FIRST),
        ("123456789012", PasswordFault.TRIED_FIRST),
        ("3456789:;<=>?", PasswordFault.TRIED_FIRST),
        ("zyxwvutsrqponm", PasswordFault.TRIED_FIRST),
        ("mein zl0427 ist hier", PasswordFault.HOLDS_NUMBER),
        ("mein ZL0427 ist hier", PasswordFault.HOLDS_NUMBER),
        ("pferd korrekt batterie", None),
        ("早晨八点半开门，请先取号。", None),
        ("alles ganz klein geschrieben", None),
    ],
)
def test_what_holds_as_a_password(password: str, wrong: PasswordFault | None) -> None:
    assert fault(password, "ZL0427") == wrong


@given(st.text(min_size=LEAST, max_size=MOST))
def test_no_kind_of_sign_is_asked_for(password: str) -> None:
    assert fault(password, "ZL0427") != PasswordFault.TOO_SHORT or len(passwords.normal(password)) < LEAST


@given(st.integers(min_value=0, max_value=20))
def test_a_first_password_holds_and_is_never_the_same(_: int) -> None:
    one = passwords.initial()
    assert fault(one, "ZL0427") is None
    assert one != passwords.initial()


async def test_a_hash_is_argon2id_with_the_stated_costs() -> None:
    kept = await Hasher().hash("pferd korrekt batterie")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert "pferd" not in kept


async def test_the_right_password_and_no_other_is_right_however_it_was_composed() -> None:
    hasher = Hasher(memory_kib=64, passes=1)
    kept = await hasher.hash("café korrekt batterie")
    assert await hasher.check(kept, "cafe\u0301 korrekt batterie")
    assert not await hasher.check(kept, "café korrekt batteri")
    assert not await hasher.check("", "café korrekt batterie")
    assert not await hasher.check("$argon2id$damaged", "café korrekt batterie")


async def test_whoever_is_unknown_costs_what_a_wrong_password_costs() -> None:
    hasher = Hasher(memory_kib=8 * 1024, passes=3)
    kept = await hasher.hash("pferd korrekt batterie")

    async def cost(of: str) -> float:
        began = time.perf_counter()
        await hasher.check(of, "falsch falsch falsch")
        return time.perf_counter() - began

    known, unknown = [sorted([await cost(of) for _ in range(9)])[2] for of in (kept, "")]
    assert 0.3 < unknown / known < 3


async def test_no_more_hashes_run_at_once_than_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = Hasher(memory_kib=64, passes=1)
    running, most = 0, 0

    async def slow(work: object) -> bool:
        nonlocal running, most
        del work
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1
        return True

    monkeypatch.setattr(asyncio, "to_thread", slow)
    await asyncio.gather(*(hasher.check("", "x") for _ in range(12)))
    assert most == PARALLEL


async def test_a_hash_of_other_costs_is_made_anew() -> None:
    old, new = Hasher(memory_kib=64, passes=1), Hasher(memory_kib=128, passes=1)
    kept = await old.hash("pferd korrekt batterie")
    assert new.is_outdated(kept)
    assert not old.is_outdated(kept)
    assert await new.check(kept, "pferd korrekt batterie")
