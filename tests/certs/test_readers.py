from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from certs import readers
from certs.errors import KeyTooWeak, MalformedName, NotAReader, PayloadTampered
from certs.readers import ContentKey, Opener, Reader, Sealed, encrypt

NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
DOMAIN = "jilin.test"
HEADER = b"the header as it was written"
PRIVATE = {name: X25519PrivateKey.generate() for name in ("hub", "huadian", "nongan")}
READERS = {name: Reader(name, key.public_key().public_bytes_raw()) for name, key in PRIVATE.items()}
BOTH = (READERS["hub"], READERS["huadian"])
KEY = ContentKey.fresh(BOTH, DOMAIN, NOW)


def opener(name: str) -> Opener:
    return Opener(name, PRIVATE[name], DOMAIN)


@given(st.binary(max_size=300), st.binary(max_size=100))
def test_each_reader_reads_what_was_written(payload: bytes, header: bytes) -> None:
    sealed = encrypt(payload, header, KEY)
    for name in ("hub", "huadian"):
        assert opener(name).open(header, sealed) == payload


def test_it_travels_in_an_envelope_as_it_is() -> None:
    sealed = encrypt(b"payload", HEADER, KEY)
    assert Sealed.of(sealed.message()) == sealed
    assert sealed.readers == {"hub", "huadian"}


def test_nobody_else_reads_it() -> None:
    sealed = encrypt(b"payload", HEADER, KEY)
    with pytest.raises(NotAReader):
        opener("nongan").open(HEADER, sealed)
    # Not under the name of another either.
    with pytest.raises(PayloadTampered):
        Opener("hub", PRIVATE["nongan"], DOMAIN).open(HEADER, sealed)


def test_a_key_wrapped_for_one_name_or_province_opens_nothing_under_another() -> None:
    sealed = encrypt(b"payload", HEADER, KEY)
    for_hub = next(key for key in sealed.keys if key.reader == "hub")
    renamed = replace(sealed, keys=(replace(for_hub, reader="nongan"),))
    with pytest.raises(PayloadTampered):
        Opener("nongan", PRIVATE["hub"], DOMAIN).open(HEADER, renamed)
    with pytest.raises(PayloadTampered):
        Opener("hub", PRIVATE["hub"], "other.test").open(HEADER, sealed)


def test_any_changed_bit_is_noticed() -> None:
    sealed = encrypt(b"payload", HEADER, KEY)
    hub = opener("hub")
    changed = [replace(sealed, ciphertext=bad) for bad in _spoilt(sealed.ciphertext)]
    changed += [replace(sealed, nonce=bad) for bad in _spoilt(sealed.nonce)]
    mine = next(key for key in sealed.keys if key.reader == "hub")
    changed += [replace(sealed, keys=(replace(mine, enc=bad),)) for bad in _spoilt(mine.enc)]
    changed += [replace(sealed, keys=(replace(mine, ciphertext=bad),)) for bad in _spoilt(mine.ciphertext)]
    changed += [replace(sealed, keys=(mine, mine)), replace(sealed, keys=(replace(mine, enc=bytes(32)),))]
    for bad in changed:
        with pytest.raises(PayloadTampered):
            hub.open(HEADER, bad)
    for bad_header in _spoilt(HEADER):
        with pytest.raises(PayloadTampered):
            hub.open(bad_header, sealed)


def _spoilt(data: bytes) -> list[bytes]:
    return [data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :] for place in range(len(data))] + [b"", data[:-1], data + b"\0"]


def test_one_ciphertext_does_not_read_differently_for_two_readers() -> None:
    """Without the commitment, what opens under another key is taken for a payload."""
    nonce = bytes(12)
    plain = AESGCM(KEY.secret).encrypt(nonce, b"x" * 48, HEADER)
    with pytest.raises(PayloadTampered):
        opener("hub").open(HEADER, Sealed(plain, nonce, KEY.wrapped))


def test_a_content_key_serves_the_same_readers_for_an_hour() -> None:
    hour = timedelta(hours=1)
    assert KEY.serves(reversed_of(BOTH), NOW)
    assert KEY.serves(BOTH, NOW + hour - timedelta(microseconds=1))
    assert not KEY.serves(BOTH, NOW + hour)
    assert not KEY.serves(BOTH, NOW - timedelta(seconds=1))
    assert not KEY.serves(BOTH[:1], NOW)
    assert not KEY.serves((*BOTH, READERS["nongan"]), NOW)
    assert not KEY.serves((READERS["hub"], replace(READERS["huadian"], key=READERS["nongan"].key)), NOW)


def reversed_of(pair: tuple[Reader, ...]) -> list[Reader]:
    return list(reversed(pair))


def test_two_payloads_of_one_key_share_its_wraps_and_nothing_else() -> None:
    first, second = (encrypt(b"payload", HEADER, KEY) for _ in range(2))
    assert first.keys == second.keys
    assert first.nonce != second.nonce
    assert first.ciphertext != second.ciphertext


def test_an_unwrapped_key_is_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "UNWRAPS_KEPT", 2)
    hub = opener("hub")
    unwrap = Mock(side_effect=hub._unwrap)
    monkeypatch.setattr(hub, "_unwrap", unwrap)
    keys = [ContentKey.fresh(BOTH, DOMAIN, NOW) for _ in range(3)]
    # The one that was used last is kept: the third takes the place of the second.
    for key in (keys[0], keys[1], keys[0], keys[2], keys[0], keys[1]):
        assert hub.open(HEADER, encrypt(b"payload", HEADER, key)) == b"payload"
    assert unwrap.call_count == 4
    assert len(hub._unwrapped) == 2


def test_a_payload_is_encrypted_to_sound_readers_only() -> None:
    for wrong in ((), (BOTH[0], BOTH[0]), [Reader(f"hall-{number}", BOTH[0].key) for number in range(65)]):
        with pytest.raises(ValueError, match="readers"):
            ContentKey.fresh(wrong, DOMAIN, NOW)
    with pytest.raises(KeyTooWeak):
        ContentKey.fresh([Reader("hub", bytes(32))], DOMAIN, NOW)
    with pytest.raises(MalformedName):
        ContentKey.fresh([Reader("Hub", BOTH[0].key)], DOMAIN, NOW)


def test_a_key_tells_nobody_its_secret() -> None:
    assert KEY.secret.hex() not in repr(KEY)
    assert repr(KEY.secret) not in repr(KEY)
