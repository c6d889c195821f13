"""The hub's own certificates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.x509.oid import ExtensionOID

from certs.authority import ENROLMENT_CHAIN, TLS_CHAIN, load_authority
from certs.identity import read_chain
from hub.registry.own_certificates import renew_own
from tests.hub.running import make_province


def test_they_are_renewed_at_half_their_life_under_the_same_names(tmp_path: Path) -> None:
    keys = make_province(tmp_path).keys
    issuer = load_authority(keys)
    now = datetime.now(UTC)
    assert renew_own(issuer, keys, now) == []
    before = read_chain((keys / TLS_CHAIN).read_bytes())[0]
    half = now + (before.not_valid_after_utc - now) / 2 + timedelta(hours=1)
    assert renew_own(issuer, keys, half) == [TLS_CHAIN, ENROLMENT_CHAIN]
    after = read_chain((keys / TLS_CHAIN).read_bytes())[0]
    assert after.not_valid_after_utc > before.not_valid_after_utc
    names = [certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value for certificate in (before, after)]
    assert names[0] == names[1]
