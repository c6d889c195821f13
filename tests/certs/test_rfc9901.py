"""The examples of RFC 9901 hold with us, and what it forbids of them does not."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certs.credential import split
from certs.disclosures import Resolved, digest_of, resolve
from certs.errors import CredentialInvalid, Fault
from certs.holder_binding import Asked, check_binding
from certs.jws import Kind, open_jws

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "rfc9901.json").read_text("utf-8"))
EXAMPLE = Kind("example+sd-jwt", CredentialInvalid, frozenset({"ES256"}))
PRESENTED = VECTORS["presented"]
ASKED = Asked(PRESENTED["audience"], PRESENTED["nonce"])
AT = datetime.fromtimestamp(PRESENTED["at"], UTC)
EXAMPLES = ["issued", "presented", "structured", "recursive"]
# RFC 9901 §4.2.1: a disclosure, and §4.2.3: its digest.
FAMILY_NAME = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"


def opened(sd_jwt: str) -> Resolved:
    parts = split(sd_jwt)
    return resolve(open_jws(EXAMPLE, parts.jwt, lambda _header: VECTORS["issuer"]).claims, parts.disclosures)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_the_standard_gives_its_claims(name: str) -> None:
    assert opened(VECTORS[name]["sd_jwt"]).claims == VECTORS[name]["claims"]


def test_a_digest_is_that_of_the_standard() -> None:
    assert digest_of(FAMILY_NAME) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    assert digest_of(PRESENTED["sd_jwt"]) == PRESENTED["sd_hash"]


def bind(sd_jwt: str = PRESENTED["sd_jwt"], asked: Asked = ASKED, now: datetime = AT) -> None:
    check_binding(sd_jwt, PRESENTED["binding"], opened(sd_jwt).claims["cnf"], asked, now)


def test_the_key_binding_of_the_standard_holds_for_its_verifier() -> None:
    bind()


def test_the_key_binding_of_the_standard_holds_for_no_other() -> None:
    dropped = "~".join(PRESENTED["sd_jwt"].split("~")[:-2]) + "~"
    for changes, fault in (
        ({"asked": Asked("https://other.example.org", ASKED.nonce)}, Fault.WRONG_AUDIENCE),
        ({"asked": Asked(ASKED.audience, "0")}, Fault.WRONG_NONCE),
        ({"now": AT + timedelta(minutes=6)}, Fault.STALE),
        ({"sd_jwt": dropped}, Fault.OTHER_PRESENTATION),
    ):
        with pytest.raises(CredentialInvalid) as caught:
            bind(**changes)
        assert caught.value.fault is fault


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_with_a_disclosure_that_nobody_signed_is_refused(name: str) -> None:
    with pytest.raises(CredentialInvalid) as caught:
        opened(VECTORS[name]["sd_jwt"] + FAMILY_NAME + "~")
    assert caught.value.fault is Fault.EXTRA_DISCLOSURE


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_with_a_disclosure_twice_is_refused(name: str) -> None:
    sd_jwt = VECTORS[name]["sd_jwt"]
    with pytest.raises(CredentialInvalid) as caught:
        opened(f"{sd_jwt}{sd_jwt.split('~')[1]}~")
    assert caught.value.fault is Fault.DUPLICATE_DISCLOSURE


def test_a_disclosure_inside_one_that_is_closed_is_left_over() -> None:
    jwt, *disclosures = VECTORS["recursive"]["sd_jwt"].removesuffix("~").split("~")
    inner_alone = "".join(f"{part}~" for part in [jwt, *disclosures[:1], *disclosures[2:]])
    with pytest.raises(CredentialInvalid) as caught:
        opened(inner_alone)
    assert caught.value.fault is Fault.EXTRA_DISCLOSURE


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_left_of_what_is_not_disclosed(name: str) -> None:
    bare = VECTORS[name]["sd_jwt"].partition("~")[0] + "~"
    text = json.dumps(opened(bare).claims)
    assert "_sd" not in text
    assert "..." not in text
    assert opened(bare).disclosed == {}
