"""A certificate that is not one of a hall lets nobody in, and a hall that works beside it notices nothing (G4)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from cryptography import x509

from certs.authority import load_authority
from certs.keys import generate_tls_key, private_pem
from certs.names import hall_uri, hub_uri
from tests.certs.forging import SERVER, Forgery, uri
from tests.e2e.contract import answered, methods, path
from tests.hub.hall_client import TRUST_DOMAIN, HallClient, Identity, Journal, case_envelope
from tests.hub.running import RunningHub, make_province, running
from tests.hub.test_submit import opened, reason_of, receipt

HALL = "gongzhuling"
NOW = datetime.now(UTC)
OWN = [uri(hall_uri(TRUST_DOMAIN, HALL))]
HANDSHAKE = (grpc.StatusCode.UNAVAILABLE, "")
"""What a client sees of a handshake that the hub broke off."""
NAMES_NO_HALL = (grpc.StatusCode.UNAUTHENTICATED, "REASON_NO_CERTIFICATE")

FORGERIES = {
    "two names": (Forgery(NOW, [*OWN, uri(hall_uri(TRUST_DOMAIN, "siping"))]), NAMES_NO_HALL),
    "a host name beside": (Forgery(NOW, [*OWN, x509.DNSName("localhost")]), NAMES_NO_HALL),
    "no usage": (Forgery(NOW, OWN, usages=None), NAMES_NO_HALL),
    "no name": (Forgery(NOW), HANDSHAKE),
    "the hub's name": (Forgery(NOW, [uri(hub_uri(TRUST_DOMAIN))]), NAMES_NO_HALL),
    "a server's usage": (Forgery(NOW, OWN, usages=SERVER), HANDSHAKE),
    "expired": (Forgery(NOW, OWN, begin=timedelta(days=-2), end=timedelta(minutes=-1)), HANDSHAKE),
    "not yet in force": (Forgery(NOW, OWN, begin=timedelta(hours=1)), HANDSHAKE),
    "another province's": (Forgery(NOW, [uri(hall_uri("liaoning.example", HALL))]), HANDSHAKE),
}


async def everything_refused(hub: RunningHub, identity: Identity, ending: tuple[grpc.StatusCode, str]) -> None:
    """Call every method of the exchange's port with a certificate, and see it end so."""
    client = HallClient(identity, hub.exchange)
    for method in methods():
        if path(method).startswith("/tongban.enrolment."):
            continue  # served on a port that asks for no certificate
        answers, error = await answered(client.channel, method, [b""])
        assert answers == []
        assert error is not None
        assert (error.code(), reason_of(error) if ending[1] else "") == ending, (path(method), error.details())
    await client.close()


@pytest.mark.parametrize(("forgery", "ending"), FORGERIES.values(), ids=FORGERIES.keys())
async def test_a_certificate_that_is_no_halls_opens_no_method(
    tmp_path: Path, forgery: Forgery, ending: tuple[grpc.StatusCode, str]
) -> None:
    async with running(tmp_path, make_province(tmp_path)) as hub:
        worker = await hub.join("siping")
        stream, _ = await opened(worker)
        issuer = load_authority(hub.config.keys).intermediate
        key = generate_tls_key()
        chain = forgery.sign(issuer, key.public_key()) + read_pem(worker.identity.chain)[1]
        await everything_refused(hub, replace(worker.identity, hall=HALL, tls_key=private_pem(key), chain=chain), ending)
        await receipt(stream, Journal(worker.identity).seal([case_envelope(worker.identity, "a", recipients=[])]))
        await worker.close()


def read_pem(chain: bytes) -> Sequence[bytes]:
    """Return the certificates of a chain, each as PEM."""
    end = b"-----END CERTIFICATE-----\n"
    return [part + end for part in chain.split(end) if part.strip()]
