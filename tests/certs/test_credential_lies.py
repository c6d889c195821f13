"""What a verifier must not take for a licence: each lie by its own name, and the word for it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from certs.credential import verify
from certs.disclosures import resolve
from certs.errors import CertsError, CredentialInvalid, Fault
from certs.licence_keys import key_id
from certs.notes import ED25519, Verifier
from tests.certs.licences import (
    CLEAR,
    DOMAIN,
    KEY,
    KEY_ID,
    KNOWN,
    NOW,
    OTHER_HALL,
    base64url,
    disclosed,
    issued,
    joined,
    private,
    said,
    signed,
    unbase64url,
)

CREDENTIAL = issued()
JWT, *DISCLOSURES = CREDENTIAL.removesuffix("~").split("~")
CONTENT = said(CREDENTIAL)
SALT = "AAAAAAAAAAAAAAAAAAAAAA"


def fault(presentation: str, known: dict[str, Verifier] = KNOWN) -> Fault:
    with pytest.raises(CredentialInvalid) as caught:
        verify(presentation, known.get, NOW)
    return caught.value.fault


def changed(**claims: Any) -> str:
    """Return a signed credential, no field disclosed, with other claims; None leaves one out."""
    content = {name: value for name, value in {**CONTENT, **claims}.items() if value is not None}
    return joined(signed(content))


def hidden(*content: Any, **claims: Any) -> str:
    """Return a credential whose fields hold one digest, disclosed."""
    text, digest = disclosed(*content)
    return joined(signed({**CONTENT, "fields": {"_sd": [digest]}, **claims}), text)


def moved(name: str, value: Any) -> str:
    """Return a credential that hides a claim that has always to be seen."""
    text, digest = disclosed(SALT, name, value)
    return joined(signed({**{key: kept for key, kept in CONTENT.items() if key != name}, "_sd": [digest]}), text)


def smuggled(**members: Any) -> str:
    return joined(signed({**CONTENT, "fields": members}))


def with_digest_of(*content: Any, at: Callable[[str], dict[str, Any]]) -> str:
    text, digest = disclosed(*content)
    return joined(signed({**CONTENT, **at(digest)}), text)


def header_of(jwt: str, **changes: Any) -> str:
    """Return a JWT with another header and the signature it had."""
    _, content, signature = jwt.split(".")
    head = {"alg": "EdDSA", "typ": "dc+sd-jwt", "kid": KEY_ID, **changes}
    return f"{base64url(json.dumps({name: value for name, value in head.items() if value is not None}).encode())}.{content}.{signature}"


def test_the_tools_of_these_tests_make_licences_that_hold() -> None:
    assert verify(changed(), KNOWN.get, NOW).claims == CLEAR
    assert verify(hidden(SALT, "field", 1), KNOWN.get, NOW).disclosed == {"field": 1}
    assert verify(joined(signed(CONTENT, alg="Ed25519")), KNOWN.get, NOW).claims == CLEAR


# -- who signed it, and how --

SIGNATURES: dict[str, tuple[str, Fault]] = {
    "alg none": (joined(header_of(JWT, alg="none")), Fault.WRONG_ALGORITHM),
    "alg none, no signature": (joined(header_of(JWT, alg="none").rpartition(".")[0] + "."), Fault.WRONG_ALGORITHM),
    "alg None": (joined(signed(CONTENT, alg="None")), Fault.WRONG_ALGORITHM),
    "no alg": (joined(signed(CONTENT, alg=None)), Fault.WRONG_ALGORITHM),
    "alg a list": (joined(signed(CONTENT, alg=["EdDSA"])), Fault.WRONG_ALGORITHM),
    "alg HS256, the public key as its secret": (joined(signed(CONTENT, alg="HS256")), Fault.WRONG_ALGORITHM),
    "alg ES256": (joined(signed(CONTENT, alg="ES256")), Fault.WRONG_ALGORITHM),
    "alg RS256": (joined(signed(CONTENT, alg="RS256")), Fault.WRONG_ALGORITHM),
    "alg Ed448": (joined(signed(CONTENT, alg="Ed448")), Fault.WRONG_ALGORITHM),
    "alg changed after signing": (joined(header_of(JWT, alg="Ed25519")), Fault.BAD_SIGNATURE),
    "typ of another kind": (joined(signed(CONTENT, typ="statuslist+jwt")), Fault.WRONG_TYPE),
    "typ of earlier drafts": (joined(signed(CONTENT, typ="vc+sd-jwt")), Fault.WRONG_TYPE),
    "typ JWT": (joined(signed(CONTENT, typ="JWT")), Fault.WRONG_TYPE),
    "no typ": (joined(signed(CONTENT, typ=None)), Fault.WRONG_TYPE),
    "crit": (joined(signed(CONTENT, crit=["exp"], exp=1)), Fault.MALFORMED),
    "an unencoded payload (RFC 7797)": (joined(signed(CONTENT, crit=["b64"], b64=False)), Fault.MALFORMED),
    "another key": (joined(signed(CONTENT, key=Ed25519PrivateKey.generate())), Fault.BAD_SIGNATURE),
    "the key of another hall": (joined(signed(CONTENT, key=private(8), kid=key_id(OTHER_HALL))), Fault.FOREIGN_ISSUER),
    "another hall's key id": (joined(signed(CONTENT, kid=key_id(OTHER_HALL))), Fault.BAD_SIGNATURE),
    "an unknown key id": (joined(signed(CONTENT, kid="A" * 43)), Fault.UNKNOWN_KEY),
    "no key id": (joined(signed(CONTENT, kid=None)), Fault.UNKNOWN_KEY),
    "a key id that is no text": (joined(signed(CONTENT, kid=7)), Fault.UNKNOWN_KEY),
    "a key in the header": (joined(signed(CONTENT, kid=None, jwk={"kty": "OKP", "crv": "Ed25519", "x": "x"})), Fault.UNKNOWN_KEY),
    "another province's issuer": (changed(iss="spiffe://other.test/hall/huadian"), Fault.MALFORMED),
    "a claim changed": (
        joined(".".join([JWT.split(".")[0], base64url(json.dumps(CONTENT).encode()), JWT.split(".")[2]])),
        Fault.BAD_SIGNATURE,
    ),
    "a signature cut short": (
        joined(JWT.rpartition(".")[0] + "." + base64url(unbase64url(JWT.rpartition(".")[2])[:-1])),
        Fault.BAD_SIGNATURE,
    ),
    "a signature in another spelling": (joined(JWT + "="), Fault.MALFORMED),
    "a signature left out": (joined(JWT.rpartition(".")[0]), Fault.MALFORMED),
    "four parts": (joined(JWT + ".AAAA"), Fault.MALFORMED),
}


@pytest.mark.parametrize(("presentation", "expected"), SIGNATURES.values(), ids=SIGNATURES.keys())
def test_a_credential_that_its_hall_did_not_sign_so_is_refused(presentation: str, expected: Fault) -> None:
    assert fault(presentation) is expected


def test_a_key_for_other_things_signs_no_licence() -> None:
    log = Verifier.of(f"{DOMAIN}/journal/huadian/1", ED25519, KEY.public_key())
    assert fault(CREDENTIAL, {KEY_ID: log}) is Fault.UNKNOWN_KEY


# -- what stands behind digests --

TEXT, DIGEST = disclosed(SALT, "field", "value")
OTHER_TEXT, OTHER_DIGEST = disclosed(SALT, "other", "value")
DISCLOSED: dict[str, tuple[str, Fault]] = {
    "an extra disclosure": (joined(JWT, *DISCLOSURES, TEXT), Fault.EXTRA_DISCLOSURE),
    "an extra disclosure of a claim that is there": (joined(JWT, disclosed(SALT, "exp", 2**40)[0]), Fault.EXTRA_DISCLOSURE),
    "an extra disclosure behind a good one": (joined(JWT, DISCLOSURES[0], TEXT), Fault.EXTRA_DISCLOSURE),
    "a changed disclosure": (joined(JWT, disclosed(SALT, "name", "Other")[0]), Fault.EXTRA_DISCLOSURE),
    "a disclosure of another credential": (joined(JWT, issued().split("~")[1]), Fault.EXTRA_DISCLOSURE),
    "a disclosure twice": (joined(JWT, DISCLOSURES[0], DISCLOSURES[0]), Fault.DUPLICATE_DISCLOSURE),
    "a digest twice at one place": (joined(signed({**CONTENT, "fields": {"_sd": [DIGEST, DIGEST]}}), TEXT), Fault.DUPLICATE_DIGEST),
    "a digest twice, not disclosed": (smuggled(_sd=[DIGEST, DIGEST]), Fault.DUPLICATE_DIGEST),
    "a digest at two places": (
        joined(signed({**CONTENT, "holder": {"_sd": [DIGEST]}, "fields": {"_sd": [DIGEST]}})),
        Fault.DUPLICATE_DIGEST,
    ),
    "a digest again inside a disclosure": (hidden(SALT, "field", {"_sd": [DIGEST, DIGEST]}), Fault.DUPLICATE_DIGEST),
    "two disclosures of one name": (
        joined(signed({**CONTENT, "fields": {"_sd": [DIGEST, disclosed(SALT, "field", "2")[1]]}}), TEXT, disclosed(SALT, "field", "2")[0]),
        Fault.NAME_TAKEN,
    ),
    "a disclosure of a name that stands clear": (
        joined(signed({**CONTENT, "fields": {"field": 1, "_sd": [DIGEST]}}), TEXT),
        Fault.NAME_TAKEN,
    ),
    "_sd disclosed as a name": (hidden(SALT, "_sd", [DIGEST]), Fault.MALFORMED_DISCLOSURE),
    "... disclosed as a name": (hidden(SALT, "...", DIGEST), Fault.MALFORMED_DISCLOSURE),
    "_sd smuggled in a value": (hidden(SALT, "field", {"_sd": [OTHER_DIGEST]}), Fault.MALFORMED),
    "_sd smuggled in a value, disclosed": (
        joined(hidden(SALT, "field", {"_sd": [OTHER_DIGEST]}).removesuffix("~"), OTHER_TEXT),
        Fault.HIDDEN_CLAIM,
    ),
    "... smuggled in a value": (hidden(SALT, "field", {"...": DIGEST}), Fault.MALFORMED),
    "... in the claims": (changed(**{"...": DIGEST}), Fault.MALFORMED),
    "... beside other claims": (smuggled(field=[{"...": DIGEST, "more": 1}]), Fault.MALFORMED),
    "an element of an array where a field belongs": (hidden(SALT, "value"), Fault.MALFORMED_DISCLOSURE),
    "a field where an element of an array belongs": (
        with_digest_of(SALT, "field", 1, at=lambda digest: {"fields": {"field": [{"...": digest}]}}),
        Fault.MALFORMED_DISCLOSURE,
    ),
    "an element of an array": (with_digest_of(SALT, 1, at=lambda digest: {"fields": {"field": [{"...": digest}]}}), Fault.HIDDEN_CLAIM),
    "_sd that is no array": (smuggled(_sd="text"), Fault.MALFORMED),
    "a digest that is no text": (smuggled(_sd=[1]), Fault.MALFORMED),
    "a value of several levels": (hidden(SALT, "field", {"a": 1}), Fault.MALFORMED),
    "a list as a value": (hidden(SALT, "field", ["a"]), Fault.MALFORMED),
    "_sd_alg unknown": (changed(_sd_alg="sha-1"), Fault.UNKNOWN_HASH),
    "_sd_alg forged to a stronger one": (changed(_sd_alg="sha-512"), Fault.UNKNOWN_HASH),
    "_sd_alg in another spelling": (changed(_sd_alg="SHA-256"), Fault.UNKNOWN_HASH),
    "_sd_alg no text": (changed(_sd_alg=["sha-256"]), Fault.UNKNOWN_HASH),
    "_sd_alg disclosed": (with_digest_of(SALT, "_sd_alg", "md5", at=lambda digest: {"_sd": [digest]}), Fault.HIDDEN_CLAIM),
    "a salt of 126 bits": (hidden(SALT[:-1], "field", 1), Fault.WEAK_SALT),
    "no salt": (hidden("", "field", 1), Fault.WEAK_SALT),
    "a salt that is no text": (hidden(12345678901234567890 % 2**50, "field", 1), Fault.WEAK_SALT),
    "a salt of other characters": (hidden(SALT + "!", "field", 1), Fault.WEAK_SALT),
    "four members": (hidden(SALT, "field", 1, 2), Fault.MALFORMED_DISCLOSURE),
    "one member": (hidden(SALT), Fault.MALFORMED_DISCLOSURE),
    "a name that is no text": (hidden(SALT, 1, 2), Fault.MALFORMED_DISCLOSURE),
    "not an array": (joined(JWT, base64url(b'{"a":1}')), Fault.MALFORMED_DISCLOSURE),
    "not JSON": (joined(JWT, base64url(b"no")), Fault.MALFORMED_DISCLOSURE),
    "not base64url": (joined(JWT, "!"), Fault.MALFORMED_DISCLOSURE),
    "an empty disclosure": (joined(JWT, ""), Fault.MALFORMED_DISCLOSURE),
    "a disclosure in another spelling": (joined(JWT, DISCLOSURES[0] + "="), Fault.MALFORMED_DISCLOSURE),
    "a name twice in a value": (joined(JWT, base64url(b'["AAAAAAAAAAAAAAAAAAAAAA","f",{"a":1,"a":2}]')), Fault.MALFORMED_DISCLOSURE),
    "an integer beyond 2^53 - 1 in a disclosure": (hidden(SALT, "field", 2**53), Fault.MALFORMED_DISCLOSURE),
    "a lone surrogate in a disclosure": (hidden(SALT, "field", "\ud800"), Fault.MALFORMED_DISCLOSURE),
    "a disclosure too long": (hidden(SALT, "field", "x" * 70_000), Fault.MALFORMED_DISCLOSURE),
    "too many disclosures": (joined(JWT, *(disclosed(SALT, f"f{number}", 1)[0] for number in range(601))), Fault.TOO_LONG),
    "a name of the holder that none has": (
        with_digest_of(SALT, "phone", "1", at=lambda digest: {"holder": {"_sd": [digest]}}),
        Fault.MALFORMED,
    ),
    "a holder's claim that is no text": (with_digest_of(SALT, "code", 1, at=lambda digest: {"holder": {"_sd": [digest]}}), Fault.MALFORMED),
    "a holder's claim in clear": (changed(holder={"code": "x"}), Fault.MALFORMED),
    "a field whose name no catalogue has": (hidden(SALT, "holder.code", "x"), Fault.MALFORMED),
}


@pytest.mark.parametrize(("presentation", "expected"), DISCLOSED.values(), ids=DISCLOSED.keys())
def test_a_disclosure_that_was_not_meant_is_refused(presentation: str, expected: Fault) -> None:
    assert fault(presentation) is expected


@pytest.mark.parametrize(
    "name", ["iss", "vct", "licence_id", "iat", "nbf", "exp", "status", "trust_level", "layout_digest", "cnf", "holder", "fields", "aud"]
)
def test_a_claim_that_has_always_to_be_seen_is_never_disclosed(name: str) -> None:
    value = CONTENT.get(name, {"jwk": {}})
    assert fault(moved(name, value)) is Fault.HIDDEN_CLAIM


@pytest.mark.parametrize("name", ["iss", "vct", "licence_id", "iat", "nbf", "status", "trust_level", "holder", "fields"])
def test_a_claim_that_has_always_to_be_seen_is_never_missing(name: str) -> None:
    assert fault(changed(**{name: None})) is Fault.MALFORMED


@pytest.mark.parametrize("claims", [{"a": {"...": DIGEST}}, {"...": DIGEST}, {"a": [{"...": DIGEST, "b": 1}]}, {"a": [{"...": [DIGEST]}]}])
def test_a_digest_of_an_element_stands_alone_in_an_array(claims: dict[str, Any]) -> None:
    with pytest.raises(CredentialInvalid) as caught:
        resolve(claims, [])
    assert caught.value.fault is Fault.MALFORMED


# -- what it says --

FORMS: dict[str, str] = {
    "exp a text": changed(exp="9999999999"),
    "exp a fraction": changed(exp=9999999999.5),
    "exp true": changed(exp=True),
    "exp beyond every calendar": changed(exp=2**53 - 1),
    "nbf missing a unit": changed(nbf="2026-01-01"),
    "vct of others": changed(vct="urn:eudi:pid:1"),
    "vct with more": changed(vct=CONTENT["vct"] + "1"),
    "vct a list": changed(vct=[CONTENT["vct"]]),
    "iss a list": changed(iss=[CONTENT["iss"]]),
    "iss of the hub": changed(iss=f"spiffe://{DOMAIN}/hub"),
    "licence_id with a line break": changed(licence_id="1.2\n"),
    "status of two mechanisms": changed(status={**CONTENT["status"], "other": {}}),
    "status without an index": changed(status={"status_list": {"uri": CLEAR.status_uri}}),
    "status with a truth as index": changed(status={"status_list": {"idx": True, "uri": CLEAR.status_uri}}),
    "status with a negative index": changed(status={"status_list": {"idx": -1, "uri": CLEAR.status_uri}}),
    "status in another hall's list": changed(status={"status_list": {"idx": 1, "uri": f"tongban://{DOMAIN}/status/changchun/1"}}),
    "status at an address of the web": changed(status={"status_list": {"idx": 1, "uri": "https://evil.test/1"}}),
    "a trust level that is none": changed(trust_level="AA"),
    "a trust level that is no text": changed(trust_level=["A"]),
    "a layout digest of another hash": changed(layout_digest="md5:x"),
    "a claim that no licence has": changed(admin=True),
    "a field of several levels": smuggled(field={"a": 1}),
    "a field whose name no catalogue has": smuggled(Field=1),
    "a holder that is no object": changed(holder=[]),
    "fields that are no object": changed(fields=[]),
    "a private key of the holder": changed(cnf={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "x", "d": "d"}}),
    "a name twice": joined(signed(json.dumps(CONTENT).encode().replace(b'"exp"', b'"exp": 9999999999, "exp"'))),
    "an integer beyond 2^53 - 1": changed(iat=2**53),
    "a lone surrogate": joined(signed(json.dumps({**CONTENT, "fields": {"field": "\ud800"}}).encode())),
    "claims that are no object": joined(signed(b"[]")),
    "claims in UTF-16": joined(signed(json.dumps(CONTENT).encode("utf-16"))),
    "not a number": joined(signed(json.dumps({**CONTENT, "fields": {"field": float("nan")}}).encode())),
    "too many levels": changed(fields={"field": json.loads("[" * 20 + "]" * 20)}),
    "no tilde": JWT,
    "nothing": "",
    "tildes alone": "~~",
    "letters beyond ASCII": joined(JWT + "é"),
}


@pytest.mark.parametrize("presentation", FORMS.values(), ids=FORMS.keys())
def test_a_credential_of_another_form_is_refused(presentation: str) -> None:
    assert fault(presentation) in {Fault.MALFORMED, Fault.MALFORMED_DISCLOSURE}


def test_a_credential_that_is_too_long_is_refused_unread() -> None:
    assert fault("~" * (1 << 17) + "~") is Fault.TOO_LONG
    assert fault(joined(JWT, "A" * (1 << 17))) is Fault.TOO_LONG
    assert fault(joined(signed({**CONTENT, "fields": {"field": "x" * 100_000}}))) is Fault.TOO_LONG


@given(st.integers(0, len(CREDENTIAL) - 1), st.sampled_from("A~.=_9"))
def test_any_changed_character_is_noticed(place: int, character: str) -> None:
    forged = CREDENTIAL[:place] + character + CREDENTIAL[place + 1 :]
    if forged == CREDENTIAL:
        return
    with pytest.raises(CertsError):
        verify(forged, KNOWN.get, NOW)


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_.~-]{0,80}", fullmatch=True))
def test_rubbish_is_refused_and_never_breaks_the_verifier(text: str) -> None:
    with pytest.raises(CredentialInvalid):
        verify(text, KNOWN.get, NOW)


def test_no_refusal_repeats_what_it_refuses() -> None:
    canary = "220282199001010000"
    for presentation in (
        hidden(SALT, "field", {canary: canary}),
        hidden(canary, "field", canary),
        changed(**{canary: canary}),
        joined(JWT, canary),
        changed(licence_id=f"{canary}\n"),
    ):
        with pytest.raises(CredentialInvalid) as caught:
            verify(presentation, KNOWN.get, NOW)
        assert canary not in str(caught.value)
