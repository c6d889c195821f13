"""A presentation that its holder signed for one verifier, now: each way in which it could be somebody else's."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import ECKey

from certs.credential import present, verify
from certs.disclosures import digest_of
from certs.errors import CredentialInvalid, Fault
from certs.holder_binding import Asked
from certs.jws import jwk_of
from certs.notes import ED25519, Verifier
from tests.certs.licences import CLAIMS, CLEAR, KNOWN, NOW, issued, private, signed, unbase64url

HOLDER_KEY = private(21)
JWK = jwk_of(Verifier.of("holder", ED25519, HOLDER_KEY.public_key()))
BOUND = replace(CLAIMS, clear=replace(CLEAR, holder_key=JWK))
SHOWN = present(issued(BOUND), {"holder.name"})
ASKED = Asked("//jilin.test/hall/changchun", "Zm9yIHRoaXMgcXVlc3Rpb24")


def bound(shown: str = SHOWN, *, key: Ed25519PrivateKey = HOLDER_KEY, header: dict[str, Any] | None = None, **said: Any) -> str:
    """Return a presentation that the holder signed; None leaves a claim out."""
    claims = {"aud": ASKED.audience, "nonce": ASKED.nonce, "iat": int(NOW.timestamp()), "sd_hash": digest_of(shown), **said}
    content = {name: value for name, value in claims.items() if value is not None}
    return shown + signed(content, key=key, **{"typ": "kb+jwt", "kid": None, **(header or {})})


def fault(presentation: str, asked: Asked | None = ASKED, now: datetime = NOW) -> Fault:
    with pytest.raises(CredentialInvalid) as caught:
        verify(presentation, KNOWN.get, now, asked=asked)
    return caught.value.fault


def test_a_presentation_for_this_question_holds() -> None:
    assert verify(bound(), KNOWN.get, NOW, asked=ASKED).disclosed == {"holder.name": CLAIMS.holder.name}


def test_a_holder_may_sign_with_a_key_of_p256() -> None:
    private_key = generate_private_key(SECP256R1())
    key = ECKey.import_key(private_key)
    jwk = {name: str(value) for name, value in key.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}}
    shown = present(issued(replace(CLAIMS, clear=replace(CLEAR, holder_key=jwk))), {"holder.name"})
    content = signed({"aud": ASKED.audience, "nonce": ASKED.nonce, "iat": int(NOW.timestamp()), "sd_hash": digest_of(shown)})
    payload = content.split(".")[1]
    token = jws.serialize_compact({"alg": "ES256", "typ": "kb+jwt"}, unbase64url(payload), key, algorithms=["ES256"])
    assert verify(shown + token, KNOWN.get, NOW, asked=ASKED).claims.holder_key == jwk


OTHER = Ed25519PrivateKey.generate()
LIES: dict[str, tuple[str, Fault]] = {
    "stripped": (SHOWN, Fault.BINDING_MISSING),
    "signed by another": (bound(key=OTHER), Fault.BAD_SIGNATURE),
    "another's key in the header": (
        bound(key=OTHER, header={"jwk": jwk_of(Verifier.of("x", ED25519, OTHER.public_key()))}),
        Fault.BAD_SIGNATURE,
    ),
    "another's binding": (SHOWN + bound(present(issued(BOUND), {"holder.code"})).rpartition("~")[2], Fault.OTHER_PRESENTATION),
    "a disclosure more than was signed": (
        present(issued_shown := issued(BOUND), {"holder.name", "holder.code"})
        + bound(present(issued_shown, {"holder.name"})).rpartition("~")[2],
        Fault.OTHER_PRESENTATION,
    ),
    "a disclosure less than was signed": (
        present(issued_shown, set()) + bound(present(issued_shown, {"holder.name"})).rpartition("~")[2],
        Fault.OTHER_PRESENTATION,
    ),
    "a stale nonce": (bound(nonce="another"), Fault.WRONG_NONCE),
    "a nonce with more behind it": (bound(nonce=ASKED.nonce + "x"), Fault.WRONG_NONCE),
    "no nonce": (bound(nonce=None), Fault.WRONG_NONCE),
    "a nonce that is no text": (bound(nonce=[ASKED.nonce]), Fault.WRONG_NONCE),
    "another audience": (bound(aud="//jilin.test/hall/nongan"), Fault.WRONG_AUDIENCE),
    "several audiences": (bound(aud=[ASKED.audience, "//jilin.test/hall/nongan"]), Fault.WRONG_AUDIENCE),
    "one audience in a list": (bound(aud=[ASKED.audience]), Fault.WRONG_AUDIENCE),
    "no audience": (bound(aud=None), Fault.WRONG_AUDIENCE),
    "too old": (bound(iat=int((NOW - timedelta(minutes=5, seconds=1)).timestamp())), Fault.STALE),
    "from the future": (bound(iat=int((NOW + timedelta(minutes=5, seconds=1)).timestamp())), Fault.STALE),
    "without a time": (bound(iat=None), Fault.STALE),
    "true as its time": (bound(iat=True), Fault.STALE),
    "without the digest": (bound(sd_hash=None), Fault.OTHER_PRESENTATION),
    "a digest that is no text": (bound(sd_hash=1), Fault.OTHER_PRESENTATION),
    "typ of a credential": (bound(header={"typ": "dc+sd-jwt"}), Fault.WRONG_TYPE),
    "alg none": (bound(header={"alg": "none"}), Fault.WRONG_ALGORITHM),
    "alg HS256": (bound(header={"alg": "HS256"}), Fault.WRONG_ALGORITHM),
    "alg of another kind of key": (bound(header={"alg": "ES256"}), Fault.BAD_SIGNATURE),
    "rubbish": (SHOWN + "rubbish", Fault.MALFORMED),
}


@pytest.mark.parametrize(("presentation", "expected"), LIES.values(), ids=LIES.keys())
def test_what_the_holder_did_not_sign_for_this_question_is_refused(presentation: str, expected: Fault) -> None:
    assert fault(presentation) is expected


def test_a_credential_that_is_bound_to_nobody_is_not_shown_by_anyone() -> None:
    assert fault(bound(present(issued(), {"holder.name"}))) is Fault.BINDING_INVALID


def test_what_was_made_for_another_question_is_no_answer_to_none() -> None:
    assert fault(bound(), asked=None) is Fault.BINDING_UNEXPECTED


def test_without_a_time_no_question_is_answered() -> None:
    with pytest.raises(CredentialInvalid) as caught:
        verify(bound(), KNOWN.get, None, asked=ASKED)
    assert caught.value.fault is Fault.BINDING_MISSING
