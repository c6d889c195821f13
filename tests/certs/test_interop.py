"""Our licences verify with an implementation that is not ours, and its credentials verify with us."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs.base64url import encode
from certs.credential import present, verify
from certs.credential_claims import clear_claims
from certs.errors import CredentialInvalid, Fault
from certs.holder_binding import Asked
from certs.jws import jwk_of
from certs.notes import ED25519, Verifier
from certs.status_list import INVALID, SUSPENDED, StatusList, sign_token
from tests.certs.licence_province import REGISTRY, token
from tests.certs.licences import CLEAR, FIELDS, HOLDER, KEY, KEY_ID, KNOWN, NOW, VERIFIER, disclosed, issued, long_term, private

FOLDER = Path(__file__).parent / "interop"
LOCK = FOLDER / "package-lock.json"
INSTALLED = FOLDER / "node_modules" / ".tongban-installed"
HOLDER_KEY = private(21)
HOLDER_JWK = jwk_of(Verifier.of("holder", ED25519, HOLDER_KEY.public_key()))
SECONDS = int(NOW.timestamp())
ASKED = Asked("//jilin.test/hall/changchun", "Zm9yIHRoaXMgcXVlc3Rpb24")

Answers = list[dict[str, Any]]


@pytest.fixture(scope="module")
def node() -> str:
    """Return the node that runs the other implementation, with the packages of the lock installed."""
    program, installer = shutil.which("node"), shutil.which("npm")
    if program is None or installer is None:
        pytest.skip("node and npm are not installed: no independent implementation was asked")
    digest = sha256(LOCK.read_bytes()).hexdigest()
    if not INSTALLED.exists() or INSTALLED.read_text() != digest:
        # ci: exactly what the lock names, each package by its hash, from whatever registry this machine uses.
        command = [installer, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        INSTALLED.write_text(digest)
    return program


def asked(node: str, *tasks: dict[str, Any]) -> Answers:
    done = subprocess.run(
        [node, "independent.mjs"], cwd=FOLDER, input=json.dumps(tasks), capture_output=True, text=True, timeout=120, check=True
    )
    found: Answers = json.loads(done.stdout)
    return found


def checking(presentation: str, *, statuses: dict[int, int] | None = None, now: int = SECONDS, **more: Any) -> dict[str, Any]:
    registry = jwk_of(REGISTRY.verifier)
    return {
        "verb": "verify",
        "presentation": presentation,
        "key": jwk_of(VERIFIER),
        "list": token(statuses),
        "registry": registry,
        "now": now,
        **more,
    }


def secret(key: Ed25519PrivateKey) -> dict[str, str]:
    return {**jwk_of(Verifier.of("key", ED25519, key.public_key())), "d": encode(key.private_bytes_raw())}


def issuing(**more: Any) -> dict[str, Any]:
    """Return the task to issue our licence, as the other implementation does it."""
    claims = {
        **clear_claims(CLEAR),
        "holder": {"name": HOLDER.name, "code_type": HOLDER.code_type, "code": HOLDER.code},
        "fields": dict(FIELDS),
        **more.pop("claims", {}),
    }
    frame = {
        "holder": {"_sd": ["name", "code_type", "code"]},
        "fields": {"_sd": ["enterprise", "address", "staff", "chain"], "_sd_decoy": 3},
    }
    return {"verb": "issue", "claims": claims, "frame": frame, "key": secret(KEY), "kid": KEY_ID, **more}


@pytest.mark.parametrize("fields", [set(), {"holder.name"}, {"holder.code", "address", "staff", "chain"}], ids=["none", "one", "some"])
def test_a_presentation_of_ours_says_the_same_to_others(node: str, fields: set[str]) -> None:
    (found,) = asked(node, checking(present(issued(), fields)))
    assert found["ok"], found
    payload = found["payload"]
    assert payload["licence_id"] == CLEAR.licence_id
    holder = {name: getattr(HOLDER, name) for name in ("name", "code_type", "code") if f"holder.{name}" in fields}
    assert payload.get("holder", {}) == holder
    assert payload["fields"] == {name: value for name, value in FIELDS.items() if name in fields or name == "scope"}
    assert found["header"]["typ"] == "dc+sd-jwt"


def test_a_long_term_licence_of_ours_holds_for_others_as_long_as_its_list_is_fresh(node: str) -> None:
    later = NOW + timedelta(days=1000)
    found, stale = asked(
        node,
        checking(issued(long_term()), now=int(later.timestamp()), list=token(at=later)),
        checking(issued(long_term()), now=int(later.timestamp())),
    )
    assert found["ok"], found
    assert "expired" in stale["error"]


def test_others_see_from_our_list_what_became_of_a_licence(node: str) -> None:
    index = CLEAR.status_index
    good, *bad = asked(
        node,
        checking(issued(), statuses={index - 1: INVALID, index + 1: INVALID}),
        checking(issued(), statuses={index: INVALID}),
        checking(issued(), statuses={index: SUSPENDED}),
        checking(
            issued(),
            list=sign_token(CLEAR.status_uri, StatusList.of({}), replace(REGISTRY, private_key=private(9)), NOW, timedelta(days=1)),
        ),
    )
    assert good["ok"], good
    assert [one["error"] for one in bad[:2]] == ["Status is not valid"] * 2
    assert "Status List JWT verification failed" in bad[2]["error"]


def test_others_refuse_what_we_refuse_of_ours(node: str) -> None:
    jwt, *rest = issued().split("~")
    head, payload, signature = jwt.split(".")
    changed = "~".join([f"{head}.{payload}.{signature[:10]}{'A' if signature[10] != 'A' else 'B'}{signature[11:]}", *rest])
    late = SECONDS + 366 * 86_400
    answers = asked(
        node,
        checking(changed),
        checking(issued(), now=late),
        checking(issued(), key=jwk_of(Verifier.of("x", ED25519, private(9).public_key()))),
    )
    assert [one["ok"] for one in answers] == [False, False, False]


def test_a_presentation_bound_by_our_holder_holds_for_others(node: str) -> None:
    made = asked(
        node,
        issuing(claims={"cnf": {"jwk": dict(HOLDER_JWK)}}, holder=secret(HOLDER_KEY), shown={"holder": {"name": True}}, binding=binding()),
    )[0]
    (found,) = asked(node, checking(made["presentation"], nonce=ASKED.nonce))
    assert found["ok"], found
    assert found["kb"]["payload"]["aud"] == ASKED.audience


def binding(**changes: Any) -> dict[str, Any]:
    return {"iat": SECONDS, "aud": ASKED.audience, "nonce": ASKED.nonce, **changes}


def test_what_others_issue_verifies_with_us(node: str) -> None:
    whole, some = asked(node, issuing(), issuing(shown={"holder": {"code": True}, "fields": {"staff": True}}))
    found = verify(whole["credential"], KNOWN.get, NOW)
    assert found.claims == CLEAR
    assert {**found.disclosed, **found.public} == {
        "holder.name": HOLDER.name,
        "holder.code_type": "001",
        "holder.code": HOLDER.code,
        **FIELDS,
    }
    assert found.hidden == 3  # decoys
    assert verify(some["presentation"], KNOWN.get, NOW).disclosed == {"holder.code": HOLDER.code, "staff": 12}


def test_what_others_bind_verifies_with_us_for_this_question_alone(node: str) -> None:
    bound = {"claims": {"cnf": {"jwk": dict(HOLDER_JWK)}}, "holder": secret(HOLDER_KEY), "shown": {"holder": {"name": True}}}
    good, other_nonce, old, stranger = (
        answer["presentation"]
        for answer in asked(
            node,
            issuing(**bound, binding=binding()),
            issuing(**bound, binding=binding(nonce="another")),
            issuing(**bound, binding=binding(iat=SECONDS - 3600)),
            issuing(**{**bound, "holder": secret(private(22))}, binding=binding()),
        )
    )
    assert verify(good, KNOWN.get, NOW, asked=ASKED).disclosed == {"holder.name": HOLDER.name}
    faults = []
    for presentation in (other_nonce, old, stranger):
        with pytest.raises(CredentialInvalid) as caught:
            verify(presentation, KNOWN.get, NOW, asked=ASKED)
        faults.append(caught.value.fault)
    assert faults == [Fault.WRONG_NONCE, Fault.STALE, Fault.BAD_SIGNATURE]


def test_what_others_issue_and_somebody_forges_is_refused_by_us(node: str) -> None:
    credential = asked(node, issuing())[0]["credential"]
    extra = disclosed("AAAAAAAAAAAAAAAAAAAAAA", "exp", 2**40)[0]
    for forged, fault in (
        (credential + extra + "~", Fault.EXTRA_DISCLOSURE),
        (credential + credential.split("~")[1] + "~", Fault.DUPLICATE_DISCLOSURE),
        (credential.replace(".", ".A", 1), Fault.MALFORMED),
    ):
        with pytest.raises(CredentialInvalid) as caught:
            verify(forged, KNOWN.get, NOW)
        assert caught.value.fault is fault


def test_a_claim_that_others_would_hide_is_refused_by_us(node: str) -> None:
    credential = asked(node, issuing(frame={"_sd": ["licence_id"]}))[0]["credential"]
    with pytest.raises(CredentialInvalid) as caught:
        verify(credential, KNOWN.get, NOW)
    assert caught.value.fault is Fault.HIDDEN_CLAIM


def test_the_lock_names_no_host_and_pins_every_package_by_hash() -> None:
    text = LOCK.read_text("utf-8")
    assert re.findall(r"https?:|resolved|git\+|file:", text) == []
    packages = {name: found for name, found in json.loads(text)["packages"].items() if name}
    assert packages
    assert [name for name, found in packages.items() if not str(found.get("integrity", "")).startswith("sha512-")] == []
    wanted = json.loads((FOLDER / "package.json").read_text("utf-8"))["dependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
