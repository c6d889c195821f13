"""Issue licences through a running hub, and ask for them: as halls would, by hand, so that tests can also do it wrongly. All synthetic."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs.annotation import Annotation, annotate
from certs.credential import Holder, LicenceClaims, issue
from certs.credential_claims import ClearClaims
from certs.keys import generate_signing_key
from certs.licence_keys import key_id, make_possession
from certs.names import HUB, hub_audience, journal_origin, licence_name, source_uri, status_uri
from certs.notes import Signer
from certs.questions import sign_question
from certs.readers import ContentKey, Reader, encrypt
from directory.catalogue.vocabulary import Manner
from directory.licences.acts import TRUST_LEVELS, Act
from directory.licences.contents import midnight
from directory.licences.identifiers import LicenceId
from directory.licences.messages import RESOURCE, TYPE, write_act
from directory.licences.vocabulary import ENDINGS, ActKind
from directory.register.importing import File
from directory.sharing.applications import Grant
from directory.validity import Period
from hub.cases.tables import cases
from hub.config import Config
from hub.licences.tables import findings, versions
from tests.hub.hall_client import TRUST_DOMAIN, HallClient, Identity, case_envelope
from tests.hub.people import SECONDS, eventually
from tests.hub.records_sent import Provider, Shares, handing_of, said, wait_said
from tests.hub.running import RunningHub
from tests.hub.test_register import stage
from tests.province import licensed, provincial
from tongban.case.v1 import case_pb2
from tongban.directory.v1.decisions_pb2 import DecisionRecord
from tongban.directory.v1.scopes_pb2 import Principal, Purpose
from tongban.enrolment.v1.enrolment_pb2 import LicenceKey
from tongban.envelope.v1.envelope_pb2 import Actor, Envelope, Header
from tongban.licence.v1 import licence_service_pb2 as messages
from tongban.licence.v1 import licence_service_pb2_grpc
from tongban.licence.v1.licence_pb2 import InvalidLicence

ISSUER, READER, OTHER = "yushu", "gongzhuling", "dehui"
CODES = {ISSUER: "220182", READER: "220184", OTHER: "220183"}
"""Their division codes."""
WINDOW = "window-food"
CASE, CLOSED, FOREIGN = "2026-1", "2026-2", "2026-3"
"""Of the reader's window: an open case and one that is closed; and one of another window."""
PURPOSE = "核验申请人的食品经营许可"
OFFICER, SECOND = "1024", "2048"
NAME, CODE = "松江示例餐饮有限公司（演示）", "91220000DEM100015Y"


def register(config: Config) -> None:
    """Stage the halls, departments, resources and types of licences of the demonstration."""
    files = [("departments.csv", "provincial_departments.csv"), ("resources.toml", "provincial_licence_resources.toml")]
    given = [File(name, (provincial.DATA / file).read_bytes()) for name, file in files]
    staged = stage(config, *given, File("types.toml", licensed.TYPES.read_bytes()))
    assert not staged.plan.faults, staged.plan.faults


def granted(grant: str = "g-1", **changes: Any) -> Grant:
    """Make a grant of three fields of food licences to the reader's window, that began long ago."""
    usual: dict[str, Any] = {
        "grant": grant,
        "application": f"a-{grant}",
        "hall": READER,
        "department": WINDOW,
        "resource": "food-business-licence",
        "version": 1,
        "fields": frozenset({"holder_name", "business", "premises"}),
        "purpose": PURPOSE,
        "basis": "行政许可法第三十一条",
        "period": Period(date(2026, 1, 1)),
        "manner": Manner.QUERY,
        "approver": "示例人员",
        "granted_at": datetime(2026, 1, 2, tzinfo=UTC),
    }
    return Grant(**(usual | changes))


def food(serial: str = "0000001", version: int = 1, hall: str = ISSUER) -> LicenceId:
    """Name a food licence of a hall."""
    return LicenceId(licensed.FOOD, CODES[hall], serial, version)


def fields(**changes: Any) -> dict[str, Any]:
    usual = {"premises": "示例市示例路1号", "business": "热食类食品制售", "legal_person": "示例人员甲"}
    return {name: value for name, value in (usual | changes).items() if value is not None}


@dataclass(slots=True)
class IssuingHall:
    """A hall that issues licences."""

    hub: RunningHub
    sender: Provider
    key: Ed25519PrivateKey = field(default_factory=generate_signing_key)
    reading: bytes = b""
    """The hub's key, where the hub is in another process."""
    _next_place: int = 0

    @classmethod
    async def at(cls, hub: RunningHub, hall: str = ISSUER) -> "IssuingHall":
        """Enrol a hall and let it name its licence key; it counts a moment later."""
        made = cls(hub, await Provider.at(hub, hall))
        await made.sender.submit([made.key_envelope()])
        return made

    @property
    def identity(self) -> Identity:
        return self.sender.client.identity

    @property
    def signer(self) -> Signer:
        return Signer(licence_name(TRUST_DOMAIN, self.identity.hall, self.identity.epoch), self.key)

    @property
    def key_id(self) -> str:
        return key_id(self.signer.verifier)

    def key_envelope(self, **said: str) -> bytes:
        possession = make_possession(self.signer, self.identity.journal.verifier)
        named = LicenceKey(**({"key": self.signer.vkey, "possession": possession} | said))
        header = self.header("licence-key", LicenceKey.DESCRIPTOR.full_name, self.identity.hall, None)
        return Envelope(header=header, payload=named.SerializeToString()).SerializeToString()

    def header(self, resource: str, kind: str, subject: str, actor: Actor | None, event_id: str = "") -> bytes:
        made = Header(
            version=1,
            id=event_id or str(UUID(bytes=os.urandom(16))),
            source=source_uri(TRUST_DOMAIN, self.identity.hall, "licences"),
            type=kind,
            subject=subject,
            attempt=1,
            salt=os.urandom(16),
            resource=resource,
            actor=actor,
            journal=journal_origin(TRUST_DOMAIN, self.identity.hall, self.identity.epoch),
        )
        made.time.GetCurrentTime()
        return made.SerializeToString()

    def credential(self, licence: LicenceId, holder: Holder | None = None, given: dict[str, Any] | None = None, **clear: Any) -> str:
        """Issue a credential; each gets the next place of the hall's first status list."""
        self._next_place += 1
        start = midnight(date(2026, 11, 2))
        usual: dict[str, Any] = {
            "trust_domain": TRUST_DOMAIN,
            "hall": self.identity.hall,
            "type": licence.type,
            "licence_id": str(licence),
            "issued_at": start.astimezone(UTC),
            "valid_from": start.astimezone(UTC),
            "valid_to": midnight(date(2031, 11, 2)).astimezone(UTC),
            "status_uri": status_uri(TRUST_DOMAIN, self.identity.hall, 1),
            "status_index": self._next_place,
            "trust_level": TRUST_LEVELS[1],
        }
        said = given or fields()
        public = frozenset({"business"} & said.keys())
        claims = LicenceClaims(ClearClaims(**(usual | clear)), holder or Holder(NAME, "001", CODE), said, public)
        return issue(claims, self.key, self.key_id)

    def act(self, kind: ActKind, licence: LicenceId, **changes: Any) -> Act:
        """Make an act that is complete."""
        usual: dict[str, Any] = {"kind": kind, "licence": licence, "effective_at": datetime.now(UTC) - timedelta(seconds=1)}
        if kind in {ActKind.ISSUED, ActKind.CHANGED, ActKind.RENEWED}:
            usual["trust_level"] = 1
            if "credential" not in changes:
                usual["credential"] = self.credential(licence)
        if kind in {ActKind.CHANGED, ActKind.RENEWED}:
            usual["previous"] = replace(licence, version=licence.version - 1)
        if kind is not ActKind.ISSUED:
            usual["ground"] = "经营场所变更（示例）"
        if kind in ENDINGS:
            usual |= {"ground": min(ENDINGS[kind]), "basis": "行政许可法", "second_officer": SECOND, "document": "示例决字1号"}
        return Act(**(usual | changes))

    def envelope(self, act: Act, payload: bytes | None = None, **header: Any) -> bytes:
        """Encrypt an act to the hub; `header` replaces the actor, the event id or the subject."""
        actor = header.get("actor", Actor(person=OFFICER, role="licence-officer"))
        made = self.header(RESOURCE, TYPE, header.get("subject", act.licence.root), actor, header.get("event_id", ""))
        key = ContentKey.fresh([Reader(HUB, self.reading or self.hub.hub.rooms.keyring.hpke_key(HUB))], TRUST_DOMAIN, datetime.now(UTC))
        sealed = encrypt(payload if payload is not None else write_act(act), made, key)
        return Envelope(header=made, encrypted=sealed.message()).SerializeToString()

    def annotation(self, presentation: str, recipient: str, until: datetime) -> str:
        """Make a copy for somebody of what was presented; `until` is a whole second."""
        begun = until - timedelta(days=2)
        made = Annotation(TRUST_DOMAIN, self.identity.hall, recipient, "核验经营场所", None, begun, until, "copy-1")
        return annotate(presentation, made, self.key, self.key_id)

    async def send(self, *acts: Act) -> None:
        """Send acts in one batch."""
        await self.sender.submit([self.envelope(act) for act in acts])

    async def issue(self, *licences: LicenceId) -> None:
        await self.send(*(self.act(ActKind.ISSUED, licence) for licence in licences))


def case_of(number: str, department: str = WINDOW, kind: int = case_pb2.CASE_EVENT_KIND_APPLIED) -> case_pb2.CaseEvent:
    return case_pb2.CaseEvent(case_number=number, kind=kind, department=department)  # type: ignore[arg-type] # a number


WHY = Purpose(purpose=PURPOSE, basis="行政许可法第三十一条", case_hall=READER, case_number=CASE)


@dataclass(frozen=True, slots=True)
class Asker:
    """A person of a department who asks for licences."""

    client: HallClient
    role: str = "licence-reader"
    department: str = WINDOW
    person: str = "7"
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def said(self) -> Principal:
        return Principal(role=self.role, department=self.department, person=self.person)

    @property
    def stub(self) -> Any:
        return licence_service_pb2_grpc.LicenceServiceStub(self.client.channel)

    def question(self, queries: Sequence[messages.LicenceQuery], purpose: Purpose = WHY, **said: Any) -> messages.LicenceQuestion:
        usual: dict[str, Any] = {"audience": hub_audience(TRUST_DOMAIN), "nonce": os.urandom(16), "asked_by": self.said}
        made = messages.LicenceQuestion(purpose=purpose, queries=queries, **(usual | said))
        if "time" not in said:
            made.time.FromDatetime(self.clock())
        return made

    def signed(self, question: messages.LicenceQuestion, signer: Signer | None = None, audience: str = "") -> messages.QueryLicencesRequest:
        data = question.SerializeToString()
        note = sign_question(data, audience or hub_audience(TRUST_DOMAIN), signer or self.client.identity.journal)
        return messages.QueryLicencesRequest(question=data, signature=note)

    async def send(self, request: messages.QueryLicencesRequest) -> messages.QueryLicencesResponse:
        found: messages.QueryLicencesResponse = await self.stub.QueryLicences(request, timeout=SECONDS)
        return found

    async def ask(self, *queries: messages.LicenceQuery, purpose: Purpose = WHY, **said: Any) -> messages.QueryLicencesResponse:
        return await self.send(self.signed(self.question(queries, purpose, **said)))


def by_id(licence: LicenceId, *wanted: str) -> messages.LicenceQuery:
    return messages.LicenceQuery(licence_id=str(licence), fields=wanted)


def by_holder(code: str = CODE, kind: str = "001", licence_type: str = "", wanted: Sequence[str] = ()) -> messages.LicenceQuery:
    return messages.LicenceQuery(holder=messages.Holder(code_type=kind, code=code), type=licence_type, fields=wanted)


@dataclass(slots=True)
class Licensed:
    """A running hub in whose register there are types of licences, a hall that issues, and a window that asks."""

    hub: RunningHub
    shares: Shares
    issuer: IssuingHall
    asker: Asker
    reader: Provider
    """The window's hall, as it sends."""

    @classmethod
    async def on(cls, hub: RunningHub) -> "Licensed":
        """Let the register count, a key be introduced, and cases be told of."""
        register(hub.config)
        await hub.hub.rooms.registrar.take_in()
        shares = Shares()
        shares.add(granted())
        handing_of(hub).grants = shares
        issuer = await IssuingHall.at(hub)
        await key_counts(hub, issuer)
        reader = await Provider.at(hub, READER)
        told = [case_of(CASE), case_of(CLOSED), case_of(CLOSED, kind=case_pb2.CASE_EVENT_KIND_CLOSED), case_of(FOREIGN, "window-other")]
        await reader.submit([told_of(reader.client.identity, event) for event in told])
        await _cases_are_known(hub)
        return cls(hub, shares, issuer, Asker(reader.client), reader)

    async def close(self) -> None:
        """Hang up."""
        await self.issuer.sender.client.close()
        await self.asker.client.close()

    async def registered(self, *licences: LicenceId, status: str = "valid") -> None:
        """Wait until the registry holds licences in a status."""
        wanted = {str(licence) for licence in licences}
        query = sa.select(versions.c.licence_id).where(versions.c.licence_id.in_(wanted), versions.c.status == status)

        async def held() -> set[str]:
            with self.hub.hub.rooms.licences.statuses.models.reader.begin() as connection:
                return set(connection.scalars(query))

        await eventually(held, lambda found: found == wanted)

    def decisions(self) -> list[DecisionRecord]:
        """Return what was written down, in order."""
        return [one.read(DecisionRecord) for one in said(self.hub, DecisionRecord)]

    async def refused(self, count: int) -> list[InvalidLicence]:
        """Wait until the hub has told of so many acts that do not count; more is a fault."""

        async def found() -> int:
            with self.hub.hub.rooms.licences.statuses.models.reader.begin() as connection:
                return connection.scalar(sa.select(sa.func.count()).select_from(findings)) or 0

        await eventually(found, lambda many: many >= count)
        await self.hub.hub.rooms.licences.saying.sweep()
        return [one.read(InvalidLicence) for one in await wait_said(self.hub, InvalidLicence, count)]


async def key_counts(hub: RunningHub, hall: IssuingHall) -> None:
    """Wait until the hub has introduced a hall's licence key."""
    keyring = hub.hub.rooms.keyring

    async def known() -> list[str]:
        await hub.hub.rooms.licences.saying.sweep()
        return [key.key_id for key in keyring.licence_keys(hall.identity.hall)]

    await eventually(known, lambda keys: hall.key_id in keys)


async def _cases_are_known(hub: RunningHub) -> None:
    query = sa.select(cases.c.case_number, cases.c.case_open).order_by(cases.c.case_number)

    async def known() -> list[tuple[str, bool]]:
        with hub.hub.rooms.licences.statuses.models.reader.begin() as connection:
            return [(number, is_open) for number, is_open in connection.execute(query)]

    await eventually(known, lambda found: found == [(CASE, True), (CLOSED, False), (FOREIGN, True)])


def told_of(identity: Identity, event: case_pb2.CaseEvent) -> bytes:
    """Serialise a case event, said by the hall's own system."""
    envelope = Envelope.FromString(case_envelope(identity, event.case_number, recipients=[], actor=None))
    envelope.payload = event.SerializeToString()
    return envelope.SerializeToString()
