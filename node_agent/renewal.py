"""Renew the hall's certificate.

Laws: every certificate has a key of its own; the next key is kept until its certificate is there; a crash between the two
files is mended at the next start, from what is on the disk.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from certs import enrolment, keys
from certs.enrolment import NONCE_BYTES, RenewalRequest
from certs.errors import CertsError
from certs.identity import issued_by_any, read_caller, read_chain
from certs.keys import PUBLIC, replace_file
from certs.tls import not_after, renewal_due
from node_agent import hall_keys
from node_agent.errors import EnrolmentUnusable
from node_agent.hall_keys import HallKeys
from tongban.enrolment.v1.enrolment_pb2 import RenewRequest, RenewResponse

NEXT_KEY = "tls.next.key"

_END = b"-----END CERTIFICATE-----"


def is_due(folder: Path, now: datetime) -> bool:
    """Tell whether the certificate has half its life behind it; raises OSError or CertsError."""
    return renewal_due((folder / hall_keys.TLS_CHAIN).read_bytes(), now)


def ends_in(folder: Path, now: datetime) -> timedelta:
    """Return how long the certificate is still in force, negative when it has expired; raises OSError or CertsError."""
    return not_after((folder / hall_keys.TLS_CHAIN).read_bytes()) - now


def settle(folder: Path) -> None:
    """Finish a renewal that a crash cut off between certificate and key."""
    following = folder / NEXT_KEY
    if not following.exists():
        return
    leaf = read_chain((folder / hall_keys.TLS_CHAIN).read_bytes())[0]
    if keys.load_tls_key(following).public_key() == leaf.public_key():
        following.replace(folder / hall_keys.TLS_KEY)


def request(folder: Path, trust_domain: str, now: datetime) -> RenewRequest:
    """Make the next key, and the request signed by the present one; raises OSError or CertsError."""
    following = folder / NEXT_KEY
    if not following.exists():
        keys.save_key(following, keys.generate_tls_key())
    chain = (folder / hall_keys.TLS_CHAIN).read_bytes()
    leaf = chain[: chain.index(_END) + len(_END)] + b"\n"
    unsigned = RenewalRequest(
        signing_request=enrolment.make_signing_request(keys.load_tls_key(following)),
        certificate=leaf,
        time=now,
        nonce=os.urandom(NONCE_BYTES),
    )
    asked = enrolment.sign_renewal(unsigned, trust_domain, keys.load_tls_key(folder / hall_keys.TLS_KEY))
    message = RenewRequest(
        signing_request=asked.signing_request, certificate=asked.certificate, nonce=asked.nonce, signature=asked.signature
    )
    message.time.FromDatetime(asked.time)
    return message


def accept(hall: HallKeys, answer: RenewResponse) -> None:
    """Check the new certificate and put it in force; raises EnrolmentUnusable, and then changes nothing."""
    folder = hall.folder
    try:
        leaf, *above = read_chain(answer.certificate_chain)
        caller = read_caller(leaf, hall.trust_domain)
        following = keys.load_tls_key(folder / NEXT_KEY)
        if caller.hall != hall.hall or leaf.public_key() != following.public_key() or not issued_by_any(leaf, above):
            raise EnrolmentUnusable(f"the new certificate is for {caller.hall}, or not for the key that was handed in")
    except (OSError, CertsError) as error:
        raise EnrolmentUnusable(f"the new certificate cannot be used: {error}") from error
    replace_file(folder / hall_keys.TLS_CHAIN, answer.certificate_chain, PUBLIC)
    (folder / NEXT_KEY).replace(folder / hall_keys.TLS_KEY)
