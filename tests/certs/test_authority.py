from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from certs import authority, keys
from certs.authority import Authority, create_intermediate, create_province, create_root, load_authority
from certs.charter import open_charter
from certs.enrolment import check_signing_request
from certs.errors import AuthorityExpired, IdentityInvalid, KeyTooWeak, MalformedKey, MalformedName
from certs.identity import caller_hall, issued_by_any, read_chain
from certs.notes import parse_vkey
from certs.profiles import built_in

NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
DOMAIN = "jilin.test"


@pytest.fixture(scope="module")
def made() -> Authority:
    root = create_root(DOMAIN, NOW)
    return Authority(create_intermediate(root, ["hub.jilin.test", "localhost"], NOW), root.certificate, built_in())


def names_of(certificate: x509.Certificate) -> list[object]:
    return [name.value for name in certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value]


def test_a_hall_certificate_names_the_hall_and_nothing_else(made: Authority) -> None:
    key = keys.generate_tls_key()
    leaf, intermediate = read_chain(made.issue_hall("gongzhuling", key.public_key(), NOW))
    assert names_of(leaf) == ["spiffe://jilin.test/hall/gongzhuling"]
    assert leaf.public_key() == key.public_key()
    assert issued_by_any(leaf, [intermediate])
    assert issued_by_any(intermediate, [made.root])
    assert caller_hall(leaf.public_bytes(Encoding.PEM), DOMAIN, NOW).hall == "gongzhuling"
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=90, minutes=5)
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_only_root_and_intermediate_may_sign_certificates(made: Authority) -> None:
    key = keys.generate_tls_key().public_key()
    servers = [made.issue_hub(["localhost"], key, NOW), made.issue_enrolment(["localhost"], key, NOW)]
    leaves = [read_chain(chain)[0] for chain in (made.issue_hall("huadian", key, NOW), *servers)]
    for certificate in [made.root, made.intermediate.certificate, *leaves]:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert usage.critical
        assert usage.value.key_cert_sign == (certificate not in leaves)
        assert usage.value.digital_signature == (certificate in leaves)
    lengths = [made.root, made.intermediate.certificate]
    assert [found.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length for found in lengths] == [1, 0]


def test_what_a_signing_request_asks_for_is_ignored(made: Authority) -> None:
    key = keys.generate_tls_key()
    greedy = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hub")]))
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier("spiffe://jilin.test/hall/changchun")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    leaf = read_chain(made.issue_hall("huadian", check_signing_request(greedy.public_bytes(Encoding.DER)), NOW))[0]
    assert names_of(leaf) == ["spiffe://jilin.test/hall/huadian"]
    assert "hub" not in leaf.subject.rfc4514_string()
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_servers_carry_their_names_and_the_enrolment_server_presents_the_root(made: Authority) -> None:
    key = keys.generate_tls_key().public_key()
    hub = read_chain(made.issue_hub(["hub.jilin.test", "localhost"], key, NOW))
    enrolment = read_chain(made.issue_enrolment(["localhost"], key, NOW))
    assert names_of(hub[0]) == ["spiffe://jilin.test/hub", "hub.jilin.test", "localhost"]
    assert names_of(enrolment[0]) == ["localhost"]
    assert len(hub) == 2
    assert enrolment[-1] == made.root


def test_serials_are_128_bits_of_chance(made: Authority) -> None:
    key = keys.generate_tls_key().public_key()
    serials = {read_chain(made.issue_hall("huadian", key, NOW))[0].serial_number for _ in range(20)}
    assert len(serials) == 20
    assert all(serial < 2**128 for serial in serials)
    assert max(serials) > 2**100


@pytest.mark.parametrize("hall", ["", "Hall", "a/b", "a b", "１７", "公主岭", "a" * 64, "../hub"])
def test_a_hall_of_a_wrong_name_gets_no_certificate(made: Authority, hall: str) -> None:
    with pytest.raises(MalformedName):
        made.issue_hall(hall, keys.generate_tls_key().public_key(), NOW)


def test_weak_keys_get_no_certificate(made: Authority) -> None:
    weak = [
        rsa.generate_private_key(65537, 1024).public_key(),
        ec.generate_private_key(ec.SECP384R1()).public_key(),
    ]
    for key in weak:
        with pytest.raises(KeyTooWeak):
            made.issue_hall("huadian", key, NOW)  # type: ignore[arg-type]  # the wrong kind is the point


@pytest.mark.parametrize("name", ["evil.example", "hub.evil.example", "notjilin.test", "10.0.0.1", "*.jilin.test", "HUB.jilin.test", ""])
def test_the_hub_gets_no_certificate_under_a_foreign_name(made: Authority, name: str) -> None:
    with pytest.raises(MalformedName):
        made.issue_hub([name], keys.generate_tls_key().public_key(), NOW)
    with pytest.raises(MalformedName):
        made.issue_enrolment([], keys.generate_tls_key().public_key(), NOW)


def test_a_certificate_does_not_outlive_its_authority(made: Authority) -> None:
    key = keys.generate_tls_key().public_key()
    end = made.intermediate.certificate.not_valid_after_utc
    leaf = read_chain(made.issue_hall("huadian", key, end - timedelta(days=10)))[0]
    assert leaf.not_valid_after_utc == end
    for late in (end, end + timedelta(days=1), NOW - timedelta(days=1)):
        with pytest.raises(AuthorityExpired):
            made.issue_hall("huadian", key, late)


def test_a_trust_domain_of_a_wrong_form_gets_no_root() -> None:
    for domain in ("", "Jilin.test", "jilin.test/hall", "吉林"):
        with pytest.raises(MalformedName):
            create_root(domain, NOW)


def test_a_long_trust_domain_has_room_in_a_subject() -> None:
    domain = ".".join(["x" * 60] * 4)
    root = create_root(domain, NOW)
    made = Authority(create_intermediate(root, ["localhost"], NOW), root.certificate, built_in())
    assert made.trust_domain == domain
    assert read_chain(made.issue_hall("h" * 63, keys.generate_tls_key().public_key(), NOW))


def test_a_province_is_made_by_one_call(tmp_path: Path) -> None:
    create_province(tmp_path / "ca", DOMAIN, ["localhost"], NOW)
    hub, offline = tmp_path / "ca" / authority.HUB, tmp_path / "ca" / authority.OFFLINE
    found = load_authority(hub)
    charter = open_charter((hub / authority.CHARTER).read_text(), found.root)
    for name, vkey in (("ledger", charter.ledger), ("journal", charter.journal), ("registry", charter.registry)):
        assert keys.load_signing_key(hub / f"{name}.key").public_key() == parse_vkey(vkey).public
    assert keys.load_hpke_key(hub / authority.READING_KEY).public_key().public_bytes_raw() == charter.reading
    for name in ("tls", "enrolment"):
        leaf = read_chain((hub / f"{name}.pem").read_bytes())[0]
        assert keys.load_tls_key(hub / f"{name}.key").public_key() == leaf.public_key()
    assert keys.load_tls_key(offline / authority.ROOT_KEY).public_key() == found.root.public_key()
    assert {path.name for path in (tmp_path / "ca").iterdir()} == {"hub", "offline"}


def test_no_file_of_the_hub_holds_the_root_key(tmp_path: Path) -> None:
    create_province(tmp_path, DOMAIN, ["localhost"], NOW)
    secret = keys.load_tls_key(tmp_path / "offline" / "root.key").private_numbers().private_value.to_bytes(32, "big")
    for path in [*(tmp_path / "hub").glob("*.key"), *(tmp_path / "hub").glob("*.pem")]:
        blocks = [line for line in path.read_bytes().splitlines() if not line.startswith(b"-----")]
        assert secret not in b64decode(b"".join(blocks))
        assert path.suffix == ".pem" or path.stat().st_mode & 0o077 == 0
    # The same look does find it where it is.
    assert secret in b64decode(b"".join((tmp_path / "offline" / "root.key").read_bytes().splitlines()[1:-1]))


def test_a_province_is_never_overwritten_and_never_half_made(tmp_path: Path) -> None:
    with pytest.raises(MalformedName):
        create_province(tmp_path / "bad", DOMAIN, ["*"], NOW)
    assert list(tmp_path.iterdir()) == []
    create_province(tmp_path, DOMAIN, ["localhost"], NOW)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(FileExistsError):
        create_province(tmp_path, DOMAIN, ["localhost"], NOW)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_an_authority_of_mixed_files_does_not_load(tmp_path: Path) -> None:
    create_province(tmp_path / "a", DOMAIN, ["localhost"], NOW)
    create_province(tmp_path / "b", DOMAIN, ["localhost"], NOW)
    a, b = tmp_path / "a" / "hub", tmp_path / "b" / "hub"
    (a / "root.pem").write_bytes((b / "root.pem").read_bytes())
    with pytest.raises(IdentityInvalid, match="was not issued by"):
        load_authority(a)
    (b / "intermediate.key").write_bytes((a / "intermediate.key").read_bytes())
    with pytest.raises(IdentityInvalid, match="is not the key of"):
        load_authority(b)
    (b / "intermediate.key").write_bytes(b"")
    with pytest.raises(MalformedKey, match=r"intermediate\.key"):
        load_authority(b)
    (b / "root.pem").write_bytes(b"")
    with pytest.raises(IdentityInvalid, match=r"root\.pem"):
        load_authority(b)
