import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from certs import keys
from certs.errors import KeyTooWeak, MalformedKey

# RFC 7748 §6.1 and RFC 9180 §7.1.4 ask that these be refused: orders 1, 2, 4 and 8 (in both of its points).
SMALL_ORDER = [
    0,
    1,
    2**255 - 20,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
]


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    ("generate", "load"),
    [
        (keys.generate_signing_key, keys.load_signing_key),
        (keys.generate_tls_key, keys.load_tls_key),
        (keys.generate_hpke_key, keys.load_hpke_key),
    ],
)
def test_a_saved_key_is_its_owners_alone_and_loads_again(
    tmp_path: Path, open_umask: None, generate: Callable[[], keys.PrivateKey], load: Callable[[Path], keys.PrivateKey]
) -> None:
    key = generate()
    keys.save_key(tmp_path / "a.key", key)
    assert keys.private_pem(load(tmp_path / "a.key")) == keys.private_pem(key)
    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a.key"]


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    keys.save_key(path, keys.generate_signing_key())
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        keys.save_key(path, keys.generate_signing_key())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        keys.save_key(tmp_path / "a.key", keys.generate_tls_key())
    assert list(tmp_path.iterdir()) == []


def test_a_replaced_file_has_the_new_content_and_mode(tmp_path: Path) -> None:
    path = tmp_path / "chain.pem"
    keys.create_file(path, b"old", keys.SECRET)
    keys.replace_file(path, b"new", keys.PUBLIC)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("load", "wrong"),
    [
        (keys.load_signing_key, keys.generate_hpke_key),
        (keys.load_tls_key, keys.generate_signing_key),
        (keys.load_hpke_key, keys.generate_tls_key),
    ],
)
def test_a_key_of_another_kind_is_refused_by_its_path(
    tmp_path: Path, load: Callable[[Path], object], wrong: Callable[[], keys.PrivateKey]
) -> None:
    keys.save_key(tmp_path / "a.key", wrong())
    with pytest.raises(MalformedKey, match=r"a\.key"):
        load(tmp_path / "a.key")


def test_garbage_and_encrypted_keys_are_refused_unquoted(tmp_path: Path) -> None:
    encrypted = keys.generate_tls_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    for data in (b"", b"\xff garbage", keys.private_pem(keys.generate_tls_key())[:80], encrypted):
        (tmp_path / "a.key").write_bytes(data)
        with pytest.raises(MalformedKey, match=r"a\.key holds no unencrypted"):
            keys.load_tls_key(tmp_path / "a.key")


def test_a_missing_key_names_its_path(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.key"):
        keys.load_hpke_key(tmp_path / "none.key")


def test_only_p256_is_strong_enough_for_tls(tmp_path: Path) -> None:
    good = keys.generate_tls_key().public_key()
    assert keys.check_tls_key(good) == good
    weak = [
        rsa.generate_private_key(65537, 1024).public_key(),
        rsa.generate_private_key(65537, 3072).public_key(),
        ec.generate_private_key(ec.SECP384R1()).public_key(),
        ec.generate_private_key(ec.SECP256K1()).public_key(),
        ed25519.Ed25519PrivateKey.generate().public_key(),
    ]
    for key in weak:
        with pytest.raises(KeyTooWeak):
            keys.check_tls_key(key)
    keys.create_file(tmp_path / "a.key", keys.private_pem(ec.generate_private_key(ec.SECP384R1())), keys.SECRET)
    with pytest.raises(KeyTooWeak, match=r"a\.key"):
        keys.load_tls_key(tmp_path / "a.key")


def test_an_hpke_key_is_a_canonical_point_of_large_order() -> None:
    good = x25519.X25519PrivateKey.generate().public_key().public_bytes_raw()
    assert keys.check_hpke_key(good).public_bytes_raw() == good
    points = [point.to_bytes(32, "little") for point in SMALL_ORDER]
    # 2**255 - 19 + 9 is another spelling of the base point 9; the top bit would be ignored.
    respelt = [(2**255 - 19 + 9).to_bytes(32, "little"), good[:31] + bytes([good[31] | 0x80])]
    for bad in [*points, *respelt, b"", good[:31], good + b"\0"]:
        with pytest.raises(KeyTooWeak):
            keys.check_hpke_key(bad)
