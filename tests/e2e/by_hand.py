"""Speak for a hall of a province by hand, with the keys of its agent, which must not run meanwhile."""

from certs.keys import load_signing_key
from node_agent.hall_keys import COSIGNING_KEY, LOG_KEY, ROOT, TLS_CHAIN, TLS_KEY
from tests.hub.hall_client import HallClient, Identity
from tests.province.build import Province


def by_hand(province: Province, hall: str) -> HallClient:
    """Connect as a hall."""
    keys = province.keys(hall)
    identity = Identity(
        hall,
        (keys / TLS_KEY).read_bytes(),
        (keys / TLS_CHAIN).read_bytes(),
        (keys / ROOT).read_bytes(),
        load_signing_key(keys / LOG_KEY),
        load_signing_key(keys / COSIGNING_KEY),
    )
    return HallClient(identity, province.exchange)
