from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from certs.authority import create_root
from certs.errors import BadSignature, MalformedKeyEntry, UnknownKey
from certs.key_entries import (
    Introduction,
    KeyAct,
    LicenceIntroduction,
    LicenceRevocation,
    Revocation,
    Succession,
    authorise_entry,
    check_authorised,
    entry_text,
    open_entry,
    parse_entry,
    sign_entry,
)
from certs.keys import generate_hpke_key
from certs.licence_keys import key_id
from certs.names import journal_origin, licence_name, registry_name, witness_name
from certs.notes import COSIGNATURE, ED25519, Signer, parse_vkey, sign, vkey

DOMAIN = "jilin.test"
NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
REGISTRY = Signer(registry_name(DOMAIN), Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
HPKE = generate_hpke_key().public_key().public_bytes_raw()


def key(name: str, algorithm: int = ED25519, seed: int = 1) -> str:
    return vkey(name, algorithm, Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big")).public_key())


def introduction(hall: str = "huadian", epoch: int = 1, seed: int = 1) -> Introduction:
    log = key(journal_origin(DOMAIN, hall, epoch), seed=seed)
    return Introduction(hall, epoch, log, key(witness_name(DOMAIN, hall), COSIGNATURE, seed + 1), HPKE)


THUMBPRINT = key_id(parse_vkey(key(licence_name(DOMAIN, "huadian", 1))))
HALLS = st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True).filter(lambda hall: hall != "hub")
EPOCHS = st.integers(1, 10**9 - 1)
INDICES = st.integers(0, 2**63 - 1)
REASONS = st.from_regex(r"[a-z][a-z0-9-]{0,63}", fullmatch=True)
ACTS: st.SearchStrategy[KeyAct] = st.one_of(
    st.builds(introduction, HALLS, EPOCHS, st.integers(1, 1000)),
    st.builds(Revocation, HALLS, EPOCHS, INDICES, REASONS),
    st.builds(lambda hall, epoch, index: Succession(hall, epoch, index, key(journal_origin(DOMAIN, hall, epoch))), HALLS, EPOCHS, INDICES),
    st.builds(lambda hall, epoch: LicenceIntroduction(hall, epoch, key(licence_name(DOMAIN, hall, epoch))), HALLS, EPOCHS),
    st.builds(lambda hall, epoch, at, why: LicenceRevocation(hall, epoch, THUMBPRINT, at, why), HALLS, EPOCHS, INDICES, REASONS),
)


@given(ACTS)
def test_an_entry_is_read_as_it_was_written(act: KeyAct) -> None:
    assert parse_entry(entry_text(DOMAIN, act)) == (DOMAIN, act)
    assert open_entry(sign_entry(DOMAIN, act, REGISTRY), REGISTRY.verifier) == act


@given(ACTS, st.data())
def test_whatever_is_read_has_the_one_spelling(act: KeyAct, data: st.DataObject) -> None:
    text = entry_text(DOMAIN, act)
    place = data.draw(st.integers(0, len(text)))
    changed = text[:place] + data.draw(st.text(max_size=2)) + text[place + data.draw(st.integers(0, 2)) :]
    try:
        trust_domain, found = parse_entry(changed)
    except MalformedKeyEntry:
        return
    assert entry_text(trust_domain, found) == changed


def test_only_the_registry_of_the_trust_domain_speaks_of_keys() -> None:
    act = Revocation("huadian", 1, 5, "key-stolen")
    stranger = Signer(registry_name(DOMAIN), Ed25519PrivateKey.generate())
    with pytest.raises(UnknownKey):
        open_entry(sign_entry(DOMAIN, act, stranger), REGISTRY.verifier)
    foreign = Signer(registry_name("other.test"), Ed25519PrivateKey.generate())
    with pytest.raises(MalformedKeyEntry, match=r"other\.test"):
        open_entry(sign(entry_text(DOMAIN, act), [foreign]), foreign.verifier)


def test_any_changed_character_of_a_signed_entry_is_noticed() -> None:
    note = sign_entry(DOMAIN, introduction(), REGISTRY)
    for place, old in enumerate(note.partition("\n\n")[0]):
        with pytest.raises(BadSignature):
            open_entry(note[:place] + ("0" if old != "0" else "1") + note[place + 1 :], REGISTRY.verifier)


GOOD = introduction()


@pytest.mark.parametrize(
    "act",
    [
        Introduction("changchun", 1, GOOD.log, GOOD.cosigning, HPKE),
        Introduction("huadian", 2, GOOD.log, GOOD.cosigning, HPKE),
        Introduction("huadian", 1, GOOD.cosigning, GOOD.log, HPKE),
        Introduction("huadian", 1, key(journal_origin("other.test", "huadian", 1)), GOOD.cosigning, HPKE),
        Introduction("huadian", 1, key(journal_origin(DOMAIN, "huadian", 1), COSIGNATURE), GOOD.cosigning, HPKE),
        Introduction("huadian", 1, GOOD.log, key(witness_name(DOMAIN, "huadian"), ED25519, 2), HPKE),
        Introduction("huadian", 1, GOOD.log, key(witness_name(DOMAIN, "huadian"), COSIGNATURE, 1), HPKE),
        Introduction("huadian", 1, GOOD.log, GOOD.cosigning, bytes(32)),
        Introduction("huadian", 1, GOOD.log, GOOD.cosigning, HPKE[:31]),
        Introduction("huadian", 1, GOOD.log + "\n", GOOD.cosigning, HPKE),
        Introduction("huadian", 1, "", GOOD.cosigning, HPKE),
        Revocation("huadian", 0, 5, "key-lost"),
        Revocation("huadian", 1, -1, "key-lost"),
        Revocation("huadian", 1, 2**63, "key-lost"),
        Revocation("huadian", 1, 5, ""),
        Revocation("huadian", 1, 5, "two words"),
        Revocation("huadian", 1, 5, "line\nhall changchun"),
        Revocation("Huadian", 1, 5, "key-lost"),
        Revocation("hub", 1, 5, "key-lost"),
        Succession("huadian", 1, 5, GOOD.cosigning),
        Succession("huadian", 2, 5, GOOD.log),
        Succession("huadian", 1, -1, GOOD.log),
        LicenceIntroduction("huadian", 1, GOOD.log),
        LicenceIntroduction("huadian", 1, key(licence_name(DOMAIN, "changchun", 1))),
        LicenceIntroduction("huadian", 1, key(licence_name(DOMAIN, "huadian", 2))),
        LicenceIntroduction("huadian", 1, key(licence_name(DOMAIN, "huadian", 1), COSIGNATURE)),
        LicenceIntroduction("hub", 1, key(licence_name(DOMAIN, "hub", 1))),
        LicenceRevocation("huadian", 1, "", 5, "key-lost"),
        LicenceRevocation("huadian", 1, THUMBPRINT[:-1], 5, "key-lost"),
        LicenceRevocation("huadian", 1, THUMBPRINT[:-1] + "=", 5, "key-lost"),
        LicenceRevocation("huadian", 1, "A" * 42 + "B", 5, "key-lost"),
        LicenceRevocation("huadian", 1, THUMBPRINT, -1, "key-lost"),
        LicenceRevocation("huadian", 1, THUMBPRINT, 5, "two words"),
    ],
)
def test_an_act_that_could_not_be_meant_is_not_signed(act: KeyAct) -> None:
    with pytest.raises(MalformedKeyEntry):
        sign_entry(DOMAIN, act, REGISTRY)


def test_a_new_epoch_can_be_authorised_by_the_root() -> None:
    root, other = create_root(DOMAIN, NOW), create_root(DOMAIN, NOW)
    note = sign_entry(DOMAIN, introduction(epoch=2), REGISTRY)
    with pytest.raises(UnknownKey):
        check_authorised(note, root.certificate)
    authorised = authorise_entry(note, root.key)
    check_authorised(authorised, root.certificate)
    assert open_entry(authorised, REGISTRY.verifier) == introduction(epoch=2)
    with pytest.raises(UnknownKey):
        check_authorised(authorised, other.certificate)
    with pytest.raises(BadSignature):
        check_authorised(authorised.replace("epoch 2", "epoch 3"), root.certificate)
