from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from certs.annotation import Annotation, open_annotation
from certs.credential import present
from certs.disclosures import digest_of
from certs.errors import AnnotationInvalid, Fault
from certs.notes import ED25519, Verifier
from tests.certs.licence_province import ANNOTATION, annotation, thumbprint
from tests.certs.licences import DOMAIN, KEY, KEY_ID, KNOWN, NOW, issued, private, signed

SHOWN = present(issued(), {"address"})
TOKEN = annotation(SHOWN)
CONTENT: dict[str, Any] = {
    "iss": "spiffe://jilin.test/hall/changchun",
    "sd_hash": digest_of(SHOWN),
    "aud": "someone",
    "purpose": "account",
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 60,
    "jti": "a1",
}


def forged(*, header: dict[str, Any] | None = None, **changes: Any) -> str:
    content = {name: value for name, value in {**CONTENT, **changes}.items() if value is not None}
    return signed(content, **{"key": private(8), "typ": "tongban-annotation+jwt", "kid": thumbprint("changchun"), **(header or {})})


def test_an_annotation_says_for_whom_and_for_what_a_copy_was_made() -> None:
    assert open_annotation(TOKEN, SHOWN, KNOWN.get) == ANNOTATION
    without_case = replace(ANNOTATION, case=None)
    assert open_annotation(annotation(SHOWN, without_case), SHOWN, KNOWN.get) == without_case
    own = replace(ANNOTATION, hall="huadian")
    assert open_annotation(annotation(SHOWN, own, "huadian"), SHOWN, KNOWN.get) == own


LIES: dict[str, tuple[str, Fault]] = {
    "of another presentation": (annotation(present(issued(), {"address"})), Fault.OTHER_PRESENTATION),
    "by an unknown key": (forged(header={"kid": "A" * 43}), Fault.UNKNOWN_KEY),
    "without a key id": (forged(header={"kid": None}), Fault.UNKNOWN_KEY),
    "by another hall's key": (forged(header={"key": KEY, "kid": KEY_ID}), Fault.FOREIGN_ISSUER),
    "by another key": (forged(header={"key": KEY}), Fault.BAD_SIGNATURE),
    "alg none": (forged(header={"alg": "none"}), Fault.WRONG_ALGORITHM),
    "typ of a credential": (forged(header={"typ": "dc+sd-jwt"}), Fault.WRONG_TYPE),
    "a credential": (issued().partition("~")[0], Fault.WRONG_TYPE),
    "of another province": (forged(iss="spiffe://other.test/hall/changchun"), Fault.FOREIGN_ISSUER),
    "of no hall": (forged(iss="changchun"), Fault.MALFORMED),
    "several recipients": (forged(aud=["someone", "others"]), Fault.MALFORMED),
    "no recipient": (forged(aud=None), Fault.MALFORMED),
    "a blank purpose": (forged(purpose=" "), Fault.MALFORMED),
    "no purpose": (forged(purpose=None), Fault.MALFORMED),
    "a purpose in two lines": (forged(purpose="account\nanything"), Fault.MALFORMED),
    "a purpose written backwards": (forged(purpose="account\u202egnihtyna"), Fault.MALFORMED),
    "a purpose too long": (forged(purpose="x" * 201), Fault.MALFORMED),
    "a blank case": (forged(case=""), Fault.MALFORMED),
    "no end": (forged(exp=None), Fault.MALFORMED),
    "an end before its beginning": (forged(exp=CONTENT["iat"]), Fault.MALFORMED),
    "an end that no calendar holds": (forged(exp=2**53 - 1), Fault.MALFORMED),
    "true as its beginning": (forged(iat=True), Fault.MALFORMED),
    "a digest that is no text": (forged(sd_hash=1), Fault.MALFORMED),
    "a claim that no annotation has": (forged(fields="all"), Fault.MALFORMED),
    "rubbish": ("rubbish", Fault.MALFORMED),
}


def test_the_tools_of_these_tests_make_annotations_that_hold() -> None:
    assert open_annotation(forged(), SHOWN, KNOWN.get).recipient == "someone"


@pytest.mark.parametrize(("token", "expected"), LIES.values(), ids=LIES.keys())
def test_an_annotation_that_no_hall_made_so_is_refused(token: str, expected: Fault) -> None:
    with pytest.raises(AnnotationInvalid) as caught:
        open_annotation(token, SHOWN, KNOWN.get)
    assert caught.value.fault is expected


def test_a_key_for_other_things_signs_no_annotation() -> None:
    log = Verifier.of(f"{DOMAIN}/journal/changchun/1", ED25519, private(8).public_key())
    with pytest.raises(AnnotationInvalid) as caught:
        open_annotation(TOKEN, SHOWN, {thumbprint("changchun"): log}.get)
    assert caught.value.fault is Fault.UNKNOWN_KEY


@pytest.mark.parametrize(
    "made",
    [
        replace(ANNOTATION, purpose=""),
        replace(ANNOTATION, recipient=" someone"),
        replace(ANNOTATION, expires_at=NOW),
        replace(ANNOTATION, made_at=NOW + timedelta(microseconds=5)),
        replace(ANNOTATION, hall="Changchun"),
    ],
)
def test_an_annotation_that_could_not_be_read_back_is_not_made(made: Annotation) -> None:
    with pytest.raises(AnnotationInvalid):
        annotation(SHOWN, made)
