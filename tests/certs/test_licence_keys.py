from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from certs.charter import Charter
from certs.errors import BadSignature, CertsError, ContradictoryKeyEntry, UnknownKey
from certs.key_entries import Introduction, KeyAct, LicenceIntroduction, LicenceRevocation, Revocation
from certs.keyring import Keyring
from certs.keys import generate_hpke_key
from certs.licence_keys import LicenceKey, check_possession, key_id, make_possession
from certs.names import journal_origin, ledger_origin, licence_name, registry_name, witness_name
from certs.notes import COSIGNATURE, ED25519, Signer, Verifier, parse_vkey, sign, vkey

DOMAIN = "jilin.test"
LEAF = sha256(b"a leaf").digest()
HPKE = generate_hpke_key().public_key().public_bytes_raw()
SEEDS: Iterator[int] = count(1)


def private(seed: int | None = None) -> Ed25519PrivateKey:
    number = next(SEEDS) if seed is None else seed
    return Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))


def key(name: str, algorithm: int = ED25519, seed: int | None = None) -> str:
    return vkey(name, algorithm, private(seed).public_key())


def introduction(hall: str = "huadian", epoch: int = 1) -> Introduction:
    return Introduction(hall, epoch, key(journal_origin(DOMAIN, hall, epoch)), key(witness_name(DOMAIN, hall), COSIGNATURE), HPKE)


def licence(hall: str = "huadian", epoch: int = 1, seed: int | None = None) -> LicenceIntroduction:
    return LicenceIntroduction(hall, epoch, key(licence_name(DOMAIN, hall, epoch), seed=seed))


def thumbprint(act: LicenceIntroduction) -> str:
    return key_id(parse_vkey(act.key))


CHARTER = Charter(DOMAIN, 1, key(ledger_origin(DOMAIN, 1)), key(journal_origin(DOMAIN, "hub", 2)), key(registry_name(DOMAIN)))


def ring(*acts: KeyAct) -> Keyring:
    """Return a keyring with these acts at ledger indices 10, 20 and so on."""
    made = Keyring(CHARTER)
    for number, act in enumerate(acts, start=1):
        made.apply(10 * number, LEAF, act)
    return made


def test_a_thumbprint_is_that_of_the_standard() -> None:
    # RFC 8037 appendix A.3.
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
    assert key_id(Verifier.of("any", ED25519, public)) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_key_signs_until_the_next_and_verifies_after_it() -> None:
    first, second = licence(), licence()
    known = ring(introduction(), first, second)
    assert known.licence_keys("huadian") == [
        LicenceKey(thumbprint(first), "huadian", 1, parse_vkey(first.key), 20, 30),
        LicenceKey(thumbprint(second), "huadian", 1, parse_vkey(second.key), 30),
    ]
    assert known.licence_key(thumbprint(first)).counts_at(1000)
    assert not known.licence_key(thumbprint(first)).counts_at(20)
    assert known.licence_keys("changchun") == []
    with pytest.raises(UnknownKey):
        known.licence_key("A" * 43)


def test_the_next_key_of_one_hall_succeeds_no_key_of_another() -> None:
    first, other = licence(), licence("changchun")
    known = ring(introduction(), introduction("changchun"), first, other)
    assert [known.licence_key(thumbprint(act)).succeeded_at for act in (first, other)] == [None, None]


def test_a_revoked_key_counts_below_its_cut_off() -> None:
    first, second = licence(), licence()
    known = ring(introduction(), first, second, LicenceRevocation("huadian", 1, thumbprint(first), 25, "key-stolen"))
    revoked = known.licence_key(thumbprint(first))
    assert [revoked.counts_at(index) for index in (20, 21, 24, 25, 26)] == [False, True, True, False, False]
    assert known.licence_key(thumbprint(second)).revoked_at is None
    assert known.revoked_at("huadian", 1) is None


def test_the_revocation_of_an_epoch_covers_its_licence_keys() -> None:
    first, second = licence(), licence(epoch=2)
    known = ring(introduction(), first, Revocation("huadian", 1, 27, "key-stolen"), introduction(epoch=2), second)
    assert [known.licence_key(thumbprint(act)).revoked_at for act in (first, second)] == [27, None]


@pytest.mark.parametrize(("own", "epochs"), [(25, 27), (27, 25)])
def test_the_earlier_of_two_cut_offs_counts(own: int, epochs: int) -> None:
    first = licence()
    of_key, of_epoch = LicenceRevocation("huadian", 1, thumbprint(first), own, "key-lost"), Revocation("huadian", 1, epochs, "key-lost")
    later_first: list[KeyAct] = [of_key, of_epoch] if own > epochs else [of_epoch, of_key]
    known = ring(introduction(), first, *later_first)
    assert known.licence_key(thumbprint(first)).revoked_at == 25


FIRST = licence()
SAME = parse_vkey(FIRST.key).public
REFUSED: dict[str, Callable[[], KeyAct]] = {
    "a hall never introduced": lambda: licence("nongan"),
    "an epoch that is not there yet": lambda: licence(epoch=2),
    "a key introduced before": lambda: FIRST,
    "another hall's key": lambda: LicenceIntroduction("changchun", 1, vkey(licence_name(DOMAIN, "changchun", 1), ED25519, SAME)),
    "a revocation of an unknown key": lambda: LicenceRevocation("huadian", 1, "A" * 43, 5, "key-lost"),
    "a revocation of another hall's key": lambda: LicenceRevocation("changchun", 1, thumbprint(FIRST), 5, "key-lost"),
    "a revocation of another epoch's key": lambda: LicenceRevocation("huadian", 2, thumbprint(FIRST), 5, "key-lost"),
    "a cut-off behind its own entry": lambda: LicenceRevocation("huadian", 1, thumbprint(FIRST), 101, "key-lost"),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_what_contradicts_is_refused_and_changes_nothing(make: Callable[[], KeyAct]) -> None:
    known = ring(introduction(), introduction("changchun"), FIRST)
    before = (known.count, known.chain, known.licence_keys("huadian"), known.licence_keys("changchun"))
    with pytest.raises((ContradictoryKeyEntry, UnknownKey)):
        known.apply(100, LEAF, make())
    assert (known.count, known.chain, known.licence_keys("huadian"), known.licence_keys("changchun")) == before


def test_an_epoch_that_is_over_has_no_new_licence_key() -> None:
    with pytest.raises(ContradictoryKeyEntry):
        ring(introduction(), Revocation("huadian", 1, 5, "key-lost"), licence())
    with pytest.raises(ContradictoryKeyEntry):
        ring(introduction(), introduction(epoch=2), licence(epoch=1))


def test_a_revocation_is_only_ever_moved_to_earlier() -> None:
    first = licence()
    known = ring(introduction(), first, LicenceRevocation("huadian", 1, thumbprint(first), 25, "key-lost"))
    with pytest.raises(ContradictoryKeyEntry):
        known.apply(50, LEAF, LicenceRevocation("huadian", 1, thumbprint(first), 25, "key-lost"))
    known.apply(51, LEAF, LicenceRevocation("huadian", 1, thumbprint(first), 22, "key-lost"))
    assert known.licence_key(thumbprint(first)).revoked_at == 22


def test_a_log_key_never_becomes_a_licence_key() -> None:
    made = introduction()
    public = parse_vkey(made.log).public
    with pytest.raises(ContradictoryKeyEntry):
        ring(made, LicenceIntroduction("huadian", 1, vkey(licence_name(DOMAIN, "huadian", 1), ED25519, public)))


def test_a_copy_grows_apart() -> None:
    first, second = licence(), licence()
    known = ring(introduction(), first)
    twin = known.copy()
    twin.apply(30, LEAF, second)
    assert [found.key_id for found in known.licence_keys("huadian")] == [thumbprint(first)]
    assert known.licence_key(thumbprint(first)).succeeded_at is None


ACTS = st.lists(st.tuples(st.sampled_from(["licence", "revoke key", "revoke epoch", "new epoch"]), st.integers(0, 400), st.integers(0, 9)))


@given(ACTS)
def test_whatever_is_applied_at_most_one_key_of_a_hall_signs_and_none_comes_back(steps: list[tuple[str, int, int]]) -> None:
    known = ring(introduction())
    epoch, revoked = 1, dict[str, int]()
    for number, (step, cut_off, which) in enumerate(steps, start=2):
        made = known.licence_keys("huadian")
        act: KeyAct = licence(epoch=epoch)
        if step == "revoke key" and made:
            old = made[which % len(made)]
            act = LicenceRevocation("huadian", old.epoch, old.key_id, cut_off, "key-lost")
        elif step == "revoke epoch":
            act = Revocation("huadian", epoch, cut_off, "key-lost")
        elif step == "new epoch":
            act = introduction(epoch=epoch + 1)
        try:
            known.apply(10 * number, LEAF, act)
        except CertsError:
            continue
        epoch = known.epoch("huadian")
        found = known.licence_keys("huadian")
        assert len([one for one in found if one.succeeded_at is None]) == min(len(found), 1)
        assert [one.introduced_at for one in found] == sorted({one.introduced_at for one in found})
        now_revoked = {one.key_id: one.revoked_at for one in found if one.revoked_at is not None}
        assert all(now_revoked[name] <= at for name, at in revoked.items())
        revoked = now_revoked


def test_a_key_is_named_by_its_holder_over_the_log_key_in_force() -> None:
    log = parse_vkey(key(journal_origin(DOMAIN, "huadian", 1)))
    signer = Signer(licence_name(DOMAIN, "huadian", 1), private())
    check_possession(make_possession(signer, log), signer.verifier, log)
    with pytest.raises(UnknownKey):
        check_possession(make_possession(Signer(signer.name, private()), log), signer.verifier, log)
    other = parse_vkey(key(journal_origin(DOMAIN, "huadian", 1)))
    with pytest.raises(BadSignature):
        check_possession(make_possession(signer, other), signer.verifier, log)
    with pytest.raises(BadSignature):
        check_possession(sign(f"{log.vkey}\nmore\n", [signer]), signer.verifier, log)
