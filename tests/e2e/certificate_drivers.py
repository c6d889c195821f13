"""Ask for certificates in another hall's name."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from google.protobuf.message import Message

from certs.enrolment import HallKeys, RenewalRequest, make_possession, make_signing_request, sign_renewal, token_digest
from certs.keys import generate_hpke_key, generate_tls_key
from tests.hub.hall_client import TRUST_DOMAIN, Identity
from tongban.enrolment.v1 import enrolment_pb2

Requests = Sequence[Message]


class Enrolment:
    """Hand in keys in another hall's name, with an unused token of the captured hall's own."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, captured: Identity, other: str) -> Requests:
        forged = replace(captured, hall=other)
        keys = HallKeys(forged.journal.vkey, forged.witness.vkey, generate_hpke_key().public_key().public_bytes_raw())
        possession = make_possession(token_digest(self._token), keys, captured.log, captured.cosigning)
        named = enrolment_pb2.HallKeys(log=keys.log, cosigning=keys.cosigning, hpke=keys.hpke)
        asked = make_signing_request(generate_tls_key())
        return [enrolment_pb2.EnrolRequest(token=self._token, signing_request=asked, keys=named, possession=possession)]


class Renewal:
    """Ask to renew another hall's certificate, by the captured hall's key."""

    def __init__(self, certificate: bytes) -> None:
        self._certificate = certificate

    def __call__(self, captured: Identity, _: str) -> Requests:
        fresh = RenewalRequest(make_signing_request(generate_tls_key()), self._certificate, datetime.now(UTC), os.urandom(16), b"")
        signed = sign_renewal(fresh, TRUST_DOMAIN, load_pem_private_key(captured.tls_key, None))  # type: ignore[arg-type] # a P-256 key
        request = enrolment_pb2.RenewRequest(
            signing_request=signed.signing_request, certificate=signed.certificate, nonce=signed.nonce, signature=signed.signature
        )
        request.time.FromDatetime(signed.time)
        return [request]
