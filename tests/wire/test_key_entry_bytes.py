"""Pin the signed texts of keys: halls keep them for decades, and old evidence has to verify."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs import enrolment
from certs.charter import Charter, open_charter, parse_charter
from certs.key_entries import Introduction, KeyAct, LicenceIntroduction, LicenceRevocation, Revocation, Succession, open_entry, sign_entry
from certs.notes import COSIGNATURE, ED25519, Signer, vkey

DOMAIN = "jilin.test"
HPKE = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")  # Alice's public key of RFC 7748 §6.1


def private(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def key(name: str, seed: int, algorithm: int = ED25519) -> str:
    return vkey(name, algorithm, private(seed).public_key())


REGISTRY = Signer("jilin.test/registry", private(1))
LOG = key("jilin.test/journal/huadian/2", 2)
COSIGNING = key("jilin.test/witness/huadian", 3, COSIGNATURE)
INTRODUCTION = """\
jilin.test/key-entry
act introduction
hall huadian
epoch 2
log jilin.test/journal/huadian/2+92102c6c+AYE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU
cosigning jilin.test/witness/huadian+034fe831+BO1JKMYo0cLG6ukDOJBZlWEpWSc6XGP5NjbBRhSshzfR
hpke hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=

— jilin.test/registry D+wK+UnPC8ytg4RGJFNRqoe0QdTQ4OlS4pnD1n8hVA2GHOpVIjc2jVdLm6FD+UV+oCXdXZsJHtlchegRudnXKGFNWwg=
"""
REVOCATION = """\
jilin.test/key-entry
act revocation
hall huadian
epoch 2
cut-off 41
reason key-stolen

— jilin.test/registry D+wK+bXBZ3lXNypn3tBXge5LaVyr261UpyvrSYgKfxuMPtF69x8YgfS50bGGO3jgDOINDujGcPxdiH4g1xTMuNpIfgQ=
"""
SUCCESSION = """\
jilin.test/key-entry
act succession
hall huadian
epoch 2
index 9
successor jilin.test/journal/huadian/2+0630119c+AcqTrBcFGHBx1nuDx/8O/oEI6OxFMFdddyaHkzPb2r58

— jilin.test/registry D+wK+YV54nOkgh6TQdtkCIWIJim0fPPVFnP/GhPGVCT8npglS879EFBivOgWUkuAdXng+KCktvapAx629wMnYnmxmw8=
"""
LICENCE = """\
jilin.test/key-entry
act licence
hall huadian
epoch 2
key jilin.test/licence/huadian/2+13cc51d3+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs

— jilin.test/registry D+wK+QpynWMiJEeEww91Eiwu/X2Kn1R79swic2J/vae+wTr8lM5Kc0OmPKgFfiFloYKoVqyUxD10D9H+QNvEuCkgsQU=
"""
LICENCE_REVOCATION = """\
jilin.test/key-entry
act licence-revocation
hall huadian
epoch 2
key-id AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8
cut-off 41
reason key-stolen

— jilin.test/registry D+wK+SEnGfnI9uxeQWjk3fzwQN7fruHwp7zkBbjRdEyQRsYza9mKqGlsGabz4xrFQ18G4cdmDbRkyNyQFK/dYdOT0Qc=
"""
GOLDEN: list[tuple[KeyAct, str]] = [
    (Introduction("huadian", 2, LOG, COSIGNING, HPKE), INTRODUCTION),
    (Revocation("huadian", 2, 41, "key-stolen"), REVOCATION),
    (Succession("huadian", 2, 9, key("jilin.test/journal/huadian/2", 4)), SUCCESSION),
    (LicenceIntroduction("huadian", 2, key("jilin.test/licence/huadian/2", 7)), LICENCE),
    (LicenceRevocation("huadian", 2, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", 41, "key-stolen"), LICENCE_REVOCATION),
]
# A root and a charter that it signed on 2026-11-23; ECDSA signatures differ each time, so this one is kept.
ROOT = b"""\
-----BEGIN CERTIFICATE-----
MIIB3DCCAYKgAwIBAgIRAP+IKpuXx98OwA+uNJ6MWEAwCgYIKoZIzj0EAwIwPDEU
MBIGCgmSJomT8ixkARkWBHRlc3QxFTATBgoJkiaJk/IsZAEZFgVqaWxpbjENMAsG
A1UEAwwEcm9vdDAeFw0yNjExMjIyMzU1MDBaFw00NjExMTgwMDAwMDBaMDwxFDAS
BgoJkiaJk/IsZAEZFgR0ZXN0MRUwEwYKCZImiZPyLGQBGRYFamlsaW4xDTALBgNV
BAMMBHJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASpPPg/461tpaMS8+Ac
7Rkla/dZhKponJu+5wVhnlvN6EEexEx7Qupt/TI9SGPUBWILaGK88PB0/APp8fCf
dMj4o2UwYzASBgNVHRMBAf8ECDAGAQH/AgEBMA4GA1UdDwEB/wQEAwIBBjAdBgNV
HQ4EFgQUFzSnhFo+fXrt1I2DW1O/zS2RR8EwHgYDVR0RBBcwFYYTc3BpZmZlOi8v
amlsaW4udGVzdDAKBggqhkjOPQQDAgNIADBFAiEAxKJ/1U7uBdIzYgdpTkCjB44A
SKI/Bw67ssCKrS5zg3cCIC01c6adg4fb3s0YtXArkiSg+dEFmpUxt4pJFZPtlinE
-----END CERTIFICATE-----
"""
CHARTER_NOTE = """\
jilin.test/charter
epoch 1
ledger jilin.test/ledger/1+19d8d094+AW56HN0psLeP0Tr0xVmP7/TvKpcWbjym8uT7/M2AUFvx
journal jilin.test/journal/hub/1+8bd300e3+AYqHX/8es4RRV3rNWv7kBUVlaN18ieCQhjoFV7x69J8X
registry jilin.test/registry+0fec0af9+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c

— jilin.test/root /NkiODBGAiEAx2UKPQ4Xap4l8ThWxGbzcvxTHGV0beQg1vXah0a767wCIQCpVldK1iD8L9WE6SHHeN6dJXiil95DYlewXvwkX8DIzA==
"""
CHARTER = Charter(DOMAIN, 1, key("jilin.test/ledger/1", 5), key("jilin.test/journal/hub/1", 6), key("jilin.test/registry", 1))
CHARTER_WITH_READING = CHARTER.text() + "reading hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\n"
POSSESSION = """\
tongban/enrolment/possession
token 0000000000000000000000000000000000000000000000000000000000000000
log jilin.test/journal/huadian/2+92102c6c+AYE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU
cosigning jilin.test/witness/huadian+034fe831+BO1JKMYo0cLG6ukDOJBZlWEpWSc6XGP5NjbBRhSshzfR
hpke 8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a
"""
RENEWAL = b"""\
jilin.test/enrolment/renew
time 1795420800250000
nonce 000102030405060708090a0b0c0d0e0f
signing-request 1f58b9145b24d108d7ac38887338b3ea3229833b9c1e418250343f907bfd1047
certificate 03d66dd08835c1ca3f128cceacd1f31ac94163096b20f445ae84285bc0832d72
"""
TOKEN = "tongban1.huadian.lFyYM_2ikFZKTP-WGofu-QDHVEfnHYky1hy0djYGIXg.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


@pytest.mark.parametrize(("act", "note"), GOLDEN, ids=["introduction", "revocation", "succession", "licence", "licence-revocation"])
def test_key_entries_are_spelt_as_ever(act: KeyAct, note: str) -> None:
    assert sign_entry(DOMAIN, act, REGISTRY) == note
    assert open_entry(note, REGISTRY.verifier) == act


def test_an_old_charter_opens_under_its_root() -> None:
    assert open_charter(CHARTER_NOTE, x509.load_pem_x509_certificate(ROOT)) == CHARTER
    assert CHARTER_NOTE.startswith(CHARTER.text())


def test_a_charter_with_a_reading_key_is_spelt_as_ever() -> None:
    assert parse_charter(CHARTER_WITH_READING) == replace(CHARTER, reading=HPKE)


def test_a_proof_of_possession_is_spelt_as_ever() -> None:
    assert enrolment.possession_text(bytes(32), enrolment.HallKeys(LOG, COSIGNING, HPKE)) == POSSESSION


def test_a_renewal_is_spelt_as_ever() -> None:
    time = datetime(2026, 11, 23, 8, 0, 0, 250000, tzinfo=UTC)
    request = enrolment.RenewalRequest(b"request", b"certificate", time, bytes(range(16)))
    assert enrolment.renewal_text(request, DOMAIN) == RENEWAL


def test_a_token_is_spelt_as_ever() -> None:
    assert enrolment.make_token("huadian", x509.load_pem_x509_certificate(ROOT), bytes(range(32))) == TOKEN
    assert enrolment.token_digest(TOKEN) == sha256(TOKEN.encode()).digest()
