from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.credential import Holder, LicenceClaims, VerifiedLicence, issue, present, reduced, verify
from certs.credential_claims import ClearClaims
from certs.errors import CredentialInvalid, Fault
from tests.certs.licences import CLAIMS, CLEAR, FIELDS, HOLDER, KEY, KEY_ID, KNOWN, LICENCE_ID, NOW, issued, long_term, said, unbase64url

ALL = {"holder.name", "holder.code_type", "holder.code", *FIELDS}
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True)
VALUES = st.one_of(st.text(max_size=40), st.integers(-(2**53) + 1, 2**53 - 1), st.booleans(), st.none())


def checked(presentation: str, now: datetime | None = NOW) -> VerifiedLicence:
    return verify(presentation, KNOWN.get, now)


def test_a_licence_verifies_as_it_was_issued() -> None:
    found = checked(issued())
    assert found.claims == CLEAR
    assert found.key_id == KEY_ID
    assert found.disclosed == {
        "holder.name": HOLDER.name,
        "holder.code_type": HOLDER.code_type,
        "holder.code": HOLDER.code,
        **{name: value for name, value in FIELDS.items() if name != "scope"},
    }
    assert found.public == {"scope": FIELDS["scope"]}
    assert found.hidden == 0


@given(st.sets(st.sampled_from(sorted(ALL))))
def test_a_presentation_shows_what_is_asked_for_and_nothing_else(fields: set[str]) -> None:
    shown = present(issued(), fields)
    found = checked(shown)
    assert found.disclosed.keys() == fields - {"scope"}
    assert found.hidden == len(ALL) - 1 - len(found.disclosed)
    text = "".join(unbase64url(part).decode() for part in shown.split("~")[1:])
    for name, value in {"holder.name": HOLDER.name, "holder.code": HOLDER.code, "address": FIELDS["address"]}.items():
        assert (str(value) in text) == (name in fields)


@given(st.sets(st.sampled_from(sorted(ALL))))
def test_of_a_credential_that_was_verified_the_same_is_shown_without_another_check(fields: set[str]) -> None:
    own_name = issued(replace(CLAIMS, fields={**FIELDS, "name": "a field of the type"}))
    for whole, wanted in ((issued(), fields), (own_name, fields), (own_name, fields | {"name"})):
        assert reduced(whole, wanted) == present(whole, wanted)


def test_less_can_be_shown_of_what_was_shown_and_never_more() -> None:
    shown = present(issued(), {"holder.name", "address"})
    assert checked(present(shown, {"address", "holder.code"})).disclosed == {"address": FIELDS["address"]}


def test_a_field_that_the_licence_does_not_have_is_not_shown() -> None:
    assert checked(present(issued(), {"address", "unknown", "holder.unknown", "name", "code", "iss"})).disclosed.keys() == {"address"}


def test_the_clear_claims_are_the_licences_and_tell_nothing_of_the_holder() -> None:
    content = said(issued())
    assert content["licence_id"] == LICENCE_ID
    assert content["iss"] == "spiffe://jilin.test/hall/huadian"
    assert content.keys() >= {"vct", "iat", "nbf", "exp", "status", "trust_level", "layout_digest", "_sd_alg"}
    assert content["holder"].keys() == {"_sd"}
    assert content["fields"].keys() == {"_sd", "scope"}
    assert content["fields"]["_sd"] == sorted(content["fields"]["_sd"])


def test_two_credentials_of_one_licence_share_no_digest() -> None:
    first, second = said(issued()), said(issued())
    assert set(first["fields"]["_sd"]).isdisjoint(second["fields"]["_sd"])
    assert set(first["holder"]["_sd"]).isdisjoint(second["holder"]["_sd"])


def test_a_claim_tells_nobody_the_holder() -> None:
    assert HOLDER.code not in repr(CLAIMS)
    assert HOLDER.name not in repr(CLAIMS)
    assert HOLDER.code not in repr(checked(issued()))


MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001 - hypothesis wants its bounds so


@given(st.dictionaries(NAMES, VALUES, max_size=8), st.data(), MOMENTS, st.none() | MOMENTS, st.text(max_size=20))
def test_whatever_a_hall_can_issue_verifies(
    fields: dict[str, str | int | bool | None], data: st.DataObject, start: datetime, end: datetime | None, name: str
) -> None:
    public = data.draw(st.frozensets(st.sampled_from(sorted(fields)))) if fields else frozenset()
    clear = replace(CLEAR, valid_from=start, valid_to=end, layout_digest=None)
    found = checked(issue(LicenceClaims(clear, Holder(name, "111", "x"), fields, public), KEY, KEY_ID), None)
    assert found.claims == clear
    assert found.public == {field: value for field, value in fields.items() if field in public}
    hidden = {field: value for field, value in fields.items() if field not in public}
    assert found.disclosed == {"holder.name": name, "holder.code_type": "111", "holder.code": "x", **hidden}


def test_a_licence_counts_from_its_first_moment_to_its_last() -> None:
    credential, second = issued(), timedelta(seconds=1)
    assert CLEAR.valid_to is not None
    checked(credential, CLEAR.valid_from)
    checked(credential, CLEAR.valid_to - second)
    assert fault(credential, CLEAR.valid_from - second) is Fault.NOT_YET_VALID
    assert fault(credential, CLEAR.valid_to) is Fault.EXPIRED
    checked(credential, None)


def fault(credential: str, now: datetime) -> Fault:
    with pytest.raises(CredentialInvalid) as caught:
        checked(credential, now)
    return caught.value.fault


def test_a_long_term_licence_does_not_expire() -> None:
    assert checked(issued(long_term()), NOW + timedelta(days=36_500)).claims.valid_to is None
    assert "exp" not in said(issued(long_term()))


@pytest.mark.parametrize(
    "clear",
    [
        replace(CLEAR, type="x"),
        replace(CLEAR, licence_id="1.2.156 3005"),
        replace(CLEAR, licence_id=""),
        replace(CLEAR, hall="Huadian"),
        replace(CLEAR, trust_level="E"),
        replace(CLEAR, status_uri="tongban://jilin.test/status/changchun/1"),
        replace(CLEAR, status_uri="tongban://other.test/status/huadian/1"),
        replace(CLEAR, status_uri="https://jilin.test/status/huadian/1"),
        replace(CLEAR, status_index=-1),
        replace(CLEAR, status_index=2**31),
        replace(CLEAR, layout_digest="sha-256:short"),
        replace(CLEAR, layout_digest="md5:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"),
        replace(CLEAR, issued_at=NOW + timedelta(microseconds=1)),
        replace(CLEAR, holder_key={"kty": "OKP", "crv": "Ed25519", "x": "x", "d": "secret"}),
    ],
)
def test_clear_claims_that_no_verifier_would_take_are_not_signed(clear: ClearClaims) -> None:
    with pytest.raises(CredentialInvalid):
        issued(replace(CLAIMS, clear=clear))


@pytest.mark.parametrize("name", ["", "_sd", "...", "Name", "9", "a.b", "名", "a" * 64, "a\n"])
def test_a_field_has_a_name_of_the_catalogue(name: str) -> None:
    with pytest.raises(CredentialInvalid, match="names of fields"):
        issued(replace(CLAIMS, fields={name: "value"}, public=frozenset()))


def test_a_field_has_one_value_and_a_public_one_is_there() -> None:
    for value in ([1], {"a": 1}, 1.5, b"bytes"):
        with pytest.raises(CredentialInvalid):
            issued(replace(CLAIMS, fields={"field": value}, public=frozenset()))  # type: ignore[dict-item]
    with pytest.raises(CredentialInvalid):
        issued(replace(CLAIMS, public=frozenset({"unknown"})))


@pytest.mark.parametrize("value", ["\ud800", 2**53, -(2**53)])
def test_a_value_that_not_every_reader_can_hold_is_not_issued(value: str | int) -> None:
    with pytest.raises(CredentialInvalid):
        issued(replace(CLAIMS, fields={"field": value}, public=frozenset()))
    with pytest.raises(CredentialInvalid):
        issued(replace(CLAIMS, fields={"field": value}, public=frozenset({"field"})))
