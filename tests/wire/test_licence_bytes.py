"""Pin what halls and holders keep of licences: credentials, their codes, lists of status, annotations and questions."""

from datetime import UTC, datetime, timedelta
from itertools import count

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs.annotation import Annotation, annotate, open_annotation
from certs.charter import Charter
from certs.credential import Holder, LicenceClaims, issue, present, verify
from certs.credential_claims import ClearClaims
from certs.licence_code import from_code
from certs.licence_keys import key_id
from certs.notes import ED25519, Signer, Verifier, vkey
from certs.questions import open_question, sign_question
from certs.status_list import INVALID, SUSPENDED, StatusList, open_token

AT = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)


def private(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


KEY = Verifier.of("jilin.test/licence/huadian/1", ED25519, private(7).public_key())
KNOWN = {"--6IM5l0OosLj9yWskISYhUA3n_3CURQkmrYMSha_ck": KEY}
CLEAR = ClearClaims(
    trust_domain="jilin.test",
    hall="huadian",
    type="11220000MB1234567P001",
    licence_id="1.2.156.3005.2.11220000MB1234567P001.11220282MB7654321X.0000000017.001.K",
    issued_at=AT,
    valid_from=AT,
    valid_to=datetime(2031, 11, 23, tzinfo=UTC),
    status_uri="tongban://jilin.test/status/huadian/1",
    status_index=70_123,
    trust_level="A",
    layout_digest="sha-256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg",
)
# Synthetic: the holder does not exist.
CLAIMS = LicenceClaims(
    CLEAR, Holder("样例甲", "001", "91220282MA00000000"), {"address": "样例街1号", "staff": 12, "scope": "零售"}, frozenset({"scope"})
)
HEADER = "eyJhbGciOiJFZERTQSIsInR5cCI6ImRjK3NkLWp3dCIsImtpZCI6Ii0tNklNNWwwT29zTGo5eVdza0lTWWhVQTNuXzNDVVJRa21yWU1TaGFfY2sifQ"
CREDENTIAL = (
    "eyJhbGciOiJFZERTQSIsInR5cCI6ImRjK3NkLWp3dCIsImtpZCI6Ii0tNklNNWwwT29zTGo5eVdza0lTWWhVQTNuXzNDVVJRa21yWU1TaGFfY2sifQ.eyJpc3MiOiJzcGl"
    "mZmU6Ly9qaWxpbi50ZXN0L2hhbGwvaHVhZGlhbiIsInZjdCI6InVybjp0b25nYmFuOmxpY2VuY2U6MTEyMjAwMDBNQjEyMzQ1NjdQMDAxIiwibGljZW5jZV9pZCI6IjEuM"
    "i4xNTYuMzAwNS4yLjExMjIwMDAwTUIxMjM0NTY3UDAwMS4xMTIyMDI4Mk1CNzY1NDMyMVguMDAwMDAwMDAxNy4wMDEuSyIsImlhdCI6MTc5NTQyMDgwMCwibmJmIjoxNzk"
    "1NDIwODAwLCJzdGF0dXMiOnsic3RhdHVzX2xpc3QiOnsiaWR4Ijo3MDEyMywidXJpIjoidG9uZ2JhbjovL2ppbGluLnRlc3Qvc3RhdHVzL2h1YWRpYW4vMSJ9fSwidHJ1c"
    "3RfbGV2ZWwiOiJBIiwiZXhwIjoxOTUzMTU4NDAwLCJsYXlvdXRfZGlnZXN0Ijoic2hhLTI1NjpuNGJRZ1loTWZXV2FMLXFneFZyUUZhT19UeHNyQzRJczBWMXNGYkR3Q2d"
    "nIiwiaG9sZGVyIjp7Il9zZCI6WyJaQ192S0VyazdCVV9sRDlWLUFuemJkQU1lRTJTRjdPSEIybzJuai1pekRjIiwiYVEtbGYtLUZkTkNPVnhRWWdpOVFNdi1vU3pEVlVQR"
    "jA4eUxKQkVjR0d1byIsInNTUkMwQnJQZWg0S183clFsbWdtZWVtdE1tdWd3WDN3dzlvNDcwUE14WnciXX0sImZpZWxkcyI6eyJfc2QiOlsiRUhKNXNRaG90elAtMzJaTEt"
    "iMUxTS0Z3N3JRNFYzLVpnQnQxUVAwWHBXVSIsInJnMVVUcXJIYkplMi1BZEtYTnBRWmtyUERUamlwTXJkbFhlOU54RkhpUWciXSwic2NvcGUiOiLpm7bllK4ifSwiX3NkX"
    "2FsZyI6InNoYS0yNTYifQ.TYGCn6ABlTfyIUITx8ilNxF-jiMrm7kpublPSxrmWTxCUztjhUlCoYdSJcDtU6JvXrmbHKhi2GSCZH3KyB9rCg~WyJBQUFBQUFBQUFBQUFBQ"
    "UFBQUFBQUFBIiwibmFtZSIsIuagt-S-i-eUsiJd~WyJBUUVCQVFFQkFRRUJBUUVCQVFFQkFRIiwiY29kZV90eXBlIiwiMDAxIl0~WyJBZ0lDQWdJQ0FnSUNBZ0lDQWdJQ0"
    "FnIiwiY29kZSIsIjkxMjIwMjgyTUEwMDAwMDAwMCJd~WyJBd01EQXdNREF3TURBd01EQXdNREF3IiwiYWRkcmVzcyIsIuagt-S-i-ihlzHlj7ciXQ~WyJCQVFFQkFRRUJB"
    "UUVCQVFFQkFRRUJBIiwic3RhZmYiLDEyXQ~"
)
# zlib packs as it likes from release to release, so these two are kept, and only read.
LIST = (
    "eyJhbGciOiJFZERTQSIsInR5cCI6InN0YXR1c2xpc3Qrand0Iiwia2lkIjoiVUREUmVPWmwxaXBYQWZwOXdZc20xM3NEQk1LNW9nLS1RV2RCanp1ZjZvNCJ9.eyJzdWIiO"
    "iJ0b25nYmFuOi8vamlsaW4udGVzdC9zdGF0dXMvaHVhZGlhbi8xIiwiaWF0IjoxNzk1NDIwODAwLCJleHAiOjE3OTU1MDcyMDAsInR0bCI6ODY0MDAsInN0YXR1c19saXN"
    "0Ijp7ImJpdHMiOjIsImxzdCI6ImVOcnQwREVCQUFBSUE2QWRCamY2ZmlzSUVjZ0VBQUFBQUFBQUFBQUFBQUFBQUFBQUFIaG5GUUFBQUFBQUFBQUFBQUFBQUFBQXdGRkUzQ"
    "UNGIn19.nyZBQRagSmBy-4d7K8Ne0EO4OCs8ycb2Y1hy93EgjfVyTcuitGT0qYCEvBu-adAkGa8gxfttDvXMcUdBWqDPBQ"
)
CODE = (
    "TB1:9%V$9H:HJ2I7YK1+*R4OMQE2LT2Y5SGAVSS8.MI+ERP45Y3W-Z94NGBAK*%IKRU+F8OBP+*KN92R/H3N5GINPLN41A1I3TCBEH8%M7B%G2J8$4HYY450U3OK*/BIRJ"
    "-CL1GRZLGR+FLDP.ND-*GMKO%RJ042JN73T2ESUPF8WTI560T8RFN32%61VE*$3 BHOTGF921DKU%GXSEJ+KZEQ+:13Z56 N-QRACS3VU.WQF$4OORL1I16CT6GP%V/MSJ"
    "39NQ41RMH/86 7M:MN5QAWCP.NHE3133*92X1ITU9%N4: G90O7YC*-JYR54JC53BOO2CSC*27.A4:TRK8K-4K*6D*LO9B1+0CTAQFBRNCL*ADK.SR4AD-018HS8SQ*KCG"
    "6ENJ6BMO08J73P95EZBICTDMP%+0IGB9FEG-P7WQ2 A0SG565A3HZK5QO9AIMB3N/C6MRM3+V71R3ZQH$QZHQK/EQ%Q+QSU$3YTTFWKQQ3*O95.TFOVK23999R90$PK4E6"
    "TG5POPJ%HT0BT14$T9Q*TZGMAMNR1RUZU5UI533/GL/.F EK-:R1F8-KLLGDELCU57P%D30R*-IWVBXIB1XA%G7*9A4CVNXNZXAQRN9:6D03X87AKRMQT+%DBQ2L827Y0Q"
    "VQ$CHIFQ$3ASI8DL6X$3KSU.GR3B6Q 8XASFZQWNGY5TAJJTU3L-K.%LJN52SIU*4FJHZ/PGJMM1IVCSKBSE*R%.IH RMZ3$S4NJD8110.6T8Q75F.EV19ON2OZ3D00"
)
ANNOTATION = (
    "eyJhbGciOiJFZERTQSIsInR5cCI6InRvbmdiYW4tYW5ub3RhdGlvbitqd3QiLCJraWQiOiItLTZJTTVsME9vc0xqOXlXc2tJU1loVUEzbl8zQ1VSUWttcllNU2hhX2NrIn"
    "0.eyJpc3MiOiJzcGlmZmU6Ly9qaWxpbi50ZXN0L2hhbGwvaHVhZGlhbiIsInNkX2hhc2giOiJSNWcxTUFxakdHRnJWbUlIMkhoZm0wbS14WTJPVkNyQUQwOW8yRS1iYmJr"
    "IiwiYXVkIjoi5qC35L6L6ZO26KGMIiwicHVycG9zZSI6IuW8gOeri-i0puaItyIsImlhdCI6MTc5NTQyMDgwMCwiZXhwIjoxNzk4MDEyODAwLCJqdGkiOiJhMSIsImNhc2"
    "UiOiIyMjAyODItMTcifQ.qx0vG7QqdE6DItpPQc4994M7RBY2nTrhU5NR48jiWw9gvsJ8OcUWWKC9FMFR5My0Svr473W4S0NkY2vBs5IzAQ"
)
QUESTION = """\
jilin.test/question
audience //jilin.test/hub
sha256 MjA3FriPv+uVBrAWlo6Uqzlas54k6iVx2R2XH4TpeGE=

— jilin.test/journal/huadian/1 npzCy5xUGFX2NHMtOmKLmXZcy0LeZ5ve6qwh6pBH5TZcfZEMKDEO7rTgZAMBk5mIZuqnP8yopQMFqhmMLa4S7ViBkA4=
"""


def test_a_licence_is_spelt_as_ever() -> None:
    salts = count()
    assert issue(CLAIMS, private(7), key_id(KEY), salts=lambda: bytes([next(salts)]) * 16) == CREDENTIAL
    assert CREDENTIAL.startswith(f"{HEADER}.")


def test_an_old_licence_verifies() -> None:
    found = verify(CREDENTIAL, KNOWN.get, AT)
    assert found.claims == CLEAR
    assert found.disclosed["holder.code"] == "91220282MA00000000"
    assert found.public == {"scope": "零售"}


def test_an_old_code_is_read() -> None:
    assert from_code(CODE) == present(CREDENTIAL, {"holder.name"})


def test_an_old_list_says_what_it_said() -> None:
    registry = Signer("jilin.test/registry", private(1))
    names = ("jilin.test/ledger/1", "jilin.test/journal/hub/1")
    keys = [vkey(name, ED25519, private(seed).public_key()) for seed, name in enumerate(names, start=5)]
    found = open_token(LIST, Charter("jilin.test", 1, keys[0], keys[1], registry.vkey), AT)
    assert found.statuses == StatusList.of({70_123: SUSPENDED, 5: INVALID})
    assert (found.uri, found.issued_at, found.expires_at) == (CLEAR.status_uri, AT, AT + timedelta(days=1))


def test_an_annotation_is_spelt_as_ever() -> None:
    made = Annotation("jilin.test", "huadian", "样例银行", "开立账户", "220282-17", AT, AT + timedelta(days=30), "a1")
    shown = present(CREDENTIAL, {"holder.name"})
    assert annotate(shown, made, private(7), key_id(KEY)) == ANNOTATION
    assert open_annotation(ANNOTATION, shown, KNOWN.get) == made


def test_a_question_is_spelt_as_ever() -> None:
    log = Signer("jilin.test/journal/huadian/1", private(2))
    assert sign_question(b"a question", "//jilin.test/hub", log) == QUESTION
    open_question(b"a question", QUESTION, log.verifier, "//jilin.test/hub")
