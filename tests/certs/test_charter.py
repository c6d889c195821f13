from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from certs.authority import create_root
from certs.charter import Charter, open_charter, parse_charter, root_signer, sign_charter
from certs.errors import BadSignature, IdentityInvalid, MalformedCharter, UnknownKey
from certs.identity import read_certificate
from certs.keys import generate_hpke_key, generate_signing_key
from certs.names import journal_origin, ledger_origin, registry_name
from certs.notes import COSIGNATURE, ED25519, sign, vkey
from tests.certs.forging import Forgery

READING = generate_hpke_key().public_key().public_bytes_raw()
NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
DOMAIN = "jilin.test"
ROOT = create_root(DOMAIN, NOW)


def key(name: str, algorithm: int = ED25519) -> str:
    return vkey(name, algorithm, generate_signing_key().public_key())


def charter(**changes: Any) -> Charter:
    parts: dict[str, Any] = {
        "trust_domain": DOMAIN,
        "epoch": 3,
        "ledger": key(ledger_origin(DOMAIN, 3)),
        "journal": key(journal_origin(DOMAIN, "hub", 7)),
        "registry": key(registry_name(DOMAIN)),
    }
    return Charter(**parts | changes)


def test_a_charter_opens_under_its_root() -> None:
    made = charter()
    assert open_charter(sign_charter(made, ROOT.key), ROOT.certificate) == made
    assert made.journal_epoch == 7
    assert made.ledger_verifier.vkey == made.ledger


def test_a_charter_names_the_key_that_opens_payloads_for_the_hub() -> None:
    made = charter(reading=READING)
    assert open_charter(sign_charter(made, ROOT.key), ROOT.certificate) == made
    assert made.text() == replace(made, reading=None).text() + f"reading {b64encode(READING).decode()}\n"


def test_a_charter_does_not_open_under_another_root() -> None:
    note = sign_charter(charter(), ROOT.key)
    with pytest.raises(UnknownKey):
        open_charter(note, create_root(DOMAIN, NOW).certificate)
    with pytest.raises(UnknownKey):
        open_charter(note, create_root("jilin.example", NOW).certificate)


def test_a_root_signs_for_its_own_trust_domain_only() -> None:
    foreign = charter(
        trust_domain="other.test",
        ledger=key(ledger_origin("other.test", 3)),
        journal=key(journal_origin("other.test", "hub", 1)),
        registry=key(registry_name("other.test")),
    )
    note = sign(foreign.text(), [root_signer(DOMAIN, ROOT.key)])
    with pytest.raises(MalformedCharter, match=r"other\.test"):
        open_charter(note, ROOT.certificate)


def test_any_changed_character_of_a_charter_is_noticed() -> None:
    note = sign_charter(charter(), ROOT.key)
    text = note.partition("\n\n")[0]
    for place, old in enumerate(text):
        changed = note[:place] + ("0" if old != "0" else "1") + note[place + 1 :]
        with pytest.raises(BadSignature):
            open_charter(changed, ROOT.certificate)


@pytest.mark.parametrize(
    "changes",
    [
        {"trust_domain": "other.test"},
        {"epoch": 4},
        {"epoch": 0},
        {"ledger": key(ledger_origin(DOMAIN, 4))},
        {"ledger": key(ledger_origin(DOMAIN, 3), COSIGNATURE)},
        {"ledger": key(journal_origin(DOMAIN, "hub", 3))},
        {"journal": key(journal_origin(DOMAIN, "huadian", 1))},
        {"journal": key(registry_name(DOMAIN))},
        {"registry": key(registry_name("other.test"))},
        {"registry": "garbage"},
        {"reading": b""},
        {"reading": READING[:31]},
        {"reading": bytes(32)},
    ],
)
def test_keys_carry_the_names_of_their_office(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedCharter):
        charter(**changes)


def test_each_office_has_a_key_of_its_own() -> None:
    public = generate_signing_key().public_key()
    with pytest.raises(MalformedCharter, match="keys of their own"):
        charter(ledger=vkey(ledger_origin(DOMAIN, 3), ED25519, public), registry=vkey(registry_name(DOMAIN), ED25519, public))


@pytest.mark.parametrize("reading", [None, READING], ids=["old", "with a reading key"])
def test_a_charter_has_one_spelling(reading: bytes | None) -> None:
    text = charter(reading=reading).text()
    assert parse_charter(text).text() == text
    lines = text.splitlines(keepends=True)
    wrong = [
        "",
        text + "\n",
        text[:-1],
        text + "more 1\n",
        text + "more",
        text.replace("epoch 3", "epoch 03"),
        text.replace("epoch 3", "epoch ３"),
        text.replace("epoch 3", "epoch  3"),
        text.replace("epoch 3", "epoch 3 "),
        text.replace("/charter", "/charters"),
        "".join([lines[0], *reversed(lines[1:])]),
        "".join(lines[:4]),
        text.replace("\n", "\r\n"),
        text.replace("epoch 3", "epoch " + "9" * 5000),
        text + "reading \n",
        text + "reading !\n",
        text + f"reading {b64encode(bytes(32)).decode()}\n",
        text + 2 * f"reading {b64encode(READING).decode()}\n",
    ]
    for spelling in wrong:
        with pytest.raises(MalformedCharter):
            parse_charter(spelling)


def test_a_root_that_names_no_trust_domain_opens_nothing() -> None:
    nameless = read_certificate(Forgery(NOW).sign(ROOT, ROOT.key.public_key()))
    with pytest.raises(IdentityInvalid):
        open_charter(sign_charter(charter(), ROOT.key), nameless)
