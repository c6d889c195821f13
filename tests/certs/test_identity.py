import ssl
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from certs.authority import Issuer, create_intermediate, create_root
from certs.errors import IdentityInvalid
from certs.identity import caller_hall, issued_by_any, read_certificate, root_trust_domain
from certs.keys import generate_tls_key
from tests.certs.forging import CLIENT, SERVER, Forgery, uri

NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
DOMAIN = "jilin.test"
HALL = uri("spiffe://jilin.test/hall/huadian")
KEY = generate_tls_key().public_key()


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return create_intermediate(create_root(DOMAIN, NOW), ["localhost"], NOW)


def test_a_good_certificate_names_its_hall(issuer: Issuer) -> None:
    pem = Forgery(NOW, [HALL]).sign(issuer, KEY)
    caller = caller_hall(pem, DOMAIN, NOW)
    certificate = x509.load_pem_x509_certificate(pem)
    assert caller.hall == "huadian"
    assert int(caller.serial, 16) == certificate.serial_number
    assert caller.fingerprint == sha256(certificate.public_bytes(Encoding.DER)).digest()
    assert caller.not_after == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    "forgery",
    [
        Forgery(NOW, []),
        Forgery(NOW, [HALL, uri("spiffe://jilin.test/hall/changchun")]),
        Forgery(NOW, [HALL, HALL]),
        Forgery(NOW, [HALL, x509.DNSName("localhost")]),
        Forgery(NOW, [HALL, x509.IPAddress(ip_address("127.0.0.1"))]),
        Forgery(NOW, [x509.DNSName("huadian")]),
        Forgery(NOW, [uri("spiffe://jilin.test/hub")]),
        Forgery(NOW, [uri("spiffe://jilin.test/hall/huadian/")]),
        Forgery(NOW, [uri("spiffe://jilin.test/hall/")]),
        Forgery(NOW, [uri("spiffe://jilin.test/hall/Huadian")]),
        Forgery(NOW, [uri("spiffe://jilin.test/hall/%68uadian")]),
        Forgery(NOW, [uri("spiffe://evil.example/hall/huadian")]),
        Forgery(NOW, [uri("spiffe://sub.jilin.test/hall/huadian")]),
        Forgery(NOW, [uri("SPIFFE://jilin.test/hall/huadian")]),
        Forgery(NOW, [HALL], usages=None),
        Forgery(NOW, [HALL], usages=SERVER),
        Forgery(NOW, [HALL], usages=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
        Forgery(NOW, [HALL], usages=CLIENT, ca=True),
        Forgery(NOW, [HALL], end=timedelta(seconds=-1)),
        Forgery(NOW, [HALL], begin=timedelta(seconds=1)),
    ],
)
def test_a_certificate_that_the_handshake_may_let_through_names_no_hall(issuer: Issuer, forgery: Forgery) -> None:
    with pytest.raises(IdentityInvalid):
        caller_hall(forgery.sign(issuer, KEY), DOMAIN, NOW)


def test_a_certificate_of_another_kind_of_key_names_no_hall(issuer: Issuer) -> None:
    for key in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())):
        with pytest.raises(IdentityInvalid):
            caller_hall(Forgery(NOW, [HALL]).sign(issuer, key.public_key()), DOMAIN, NOW)


def test_a_caller_is_one_readable_certificate(issuer: Issuer) -> None:
    pem = Forgery(NOW, [HALL]).sign(issuer, KEY)
    for wrong in (b"", b"\xff", pem[:100], pem + pem, pem.replace(b"CERTIFICATE", b"PRIVATE KEY")):
        with pytest.raises(IdentityInvalid):
            caller_hall(wrong, DOMAIN, NOW)


# The library warns of a serial number below one, and we refuse it.
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_a_certificate_with_any_bit_changed_is_another_one_or_none(issuer: Issuer) -> None:
    pem = Forgery(NOW, [HALL]).sign(issuer, KEY)
    der, whole = ssl.PEM_cert_to_DER_cert(pem.decode()), caller_hall(pem, DOMAIN, NOW)
    refused = 0
    for place in range(len(der)):
        for bit in range(8):
            changed = ssl.DER_cert_to_PEM_cert(der[:place] + bytes([der[place] ^ 1 << bit]) + der[place + 1 :]).encode()
            try:
                caller = caller_hall(changed, DOMAIN, NOW)
            except IdentityInvalid:
                refused += 1
                continue
            assert caller.fingerprint != whole.fingerprint
            assert int(caller.serial, 16) > 0
    assert refused > len(der)


def test_validity_is_judged_at_the_moment_of_the_call(issuer: Issuer) -> None:
    pem = Forgery(NOW, [HALL], end=timedelta(hours=1)).sign(issuer, KEY)
    assert caller_hall(pem, DOMAIN, NOW + timedelta(hours=1)).hall == "huadian"
    with pytest.raises(IdentityInvalid):
        caller_hall(pem, DOMAIN, NOW + timedelta(hours=1, seconds=1))


def test_the_root_names_the_trust_domain_and_a_leaf_does_not(issuer: Issuer) -> None:
    assert root_trust_domain(create_root("jilin.gov.cn", NOW).certificate) == "jilin.gov.cn"
    for names in ([], [uri("https://jilin.test")], [HALL], [x509.DNSName(DOMAIN)]):
        with pytest.raises(IdentityInvalid):
            root_trust_domain(read_certificate(Forgery(NOW, names).sign(issuer, KEY)))


def test_only_the_key_of_an_issuer_issues(issuer: Issuer) -> None:
    namesake = create_intermediate(create_root(DOMAIN, NOW), ["localhost"], NOW)
    certificate = read_certificate(Forgery(NOW, [HALL]).sign(issuer, KEY))
    assert issued_by_any(certificate, [namesake.certificate, issuer.certificate])
    assert not issued_by_any(certificate, [namesake.certificate])
    assert not issued_by_any(certificate, [])
