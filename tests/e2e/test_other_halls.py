"""A hall that is no longer its own master reads and writes nothing of the other 52, whatever it calls."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.entries import LEDGER_MESSAGE
from certs.identity import read_chain
from certs.names import HUB, journal_origin
from hub.decisions.log import RESOURCE as DECISIONS
from hub.sharing import corrections, shares
from hub.tables import journals, metadata, segments
from tests.e2e import register_drivers, supervised_victim
from tests.e2e.certificate_drivers import Enrolment, Renewal
from tests.e2e.contract import answered, fields, methods, path
from tests.e2e.licence_drivers import list_outliers, query_licences
from tests.hub.hall_client import TRUST_DOMAIN, HallClient, Identity, Journal, case_envelope
from tests.hub.people import SECONDS
from tests.hub.records_sent import OTHER_PROVIDER, PERMITS, put, record_envelope, with_catalogue
from tests.hub.running import RunningHub, make_province, running
from tests.hub.sharing_ground import HOUSING, MARKET, RESOURCE, Member, catalogue, departments
from tests.hub.test_register import stage
from tests.hub.test_submit import opened, reason_of, receipt
from tongban.case.v1 import case_pb2, statistics_pb2
from tongban.directory.v1 import corrections_pb2, decisions_pb2, records_pb2, sharing_pb2
from tongban.directory.v1.scopes_pb2 import Principal
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1 import exchange_pb2
from tongban.ledger.v1 import ledger_pb2

CAPTURED, VICTIM = "gongzhuling", OTHER_PROVIDER
HALLS = 53
ASKED_AGAIN = 300
CASE = "case-of-the-victim"
SHARE, REPORT = "s-of-the-victim", "r-of-the-victim"
TO_EVERY_HALL = {
    "/tongban.ledger.v1.LedgerService/GetCheckpoint",
    "/tongban.ledger.v1.LedgerService/GetInclusionProof",
    "/tongban.ledger.v1.LedgerService/GetConsistencyProof",
    "/tongban.ledger.v1.LedgerService/ListEntries",
    "/tongban.directory.v1.DirectoryService/ListHalls",
}
"""Open to every linked hall: hashes, and the list of halls. Their requests cannot name a hall."""
CATALOGUE = {
    "/tongban.directory.v1.CatalogueService/ListResources",
    "/tongban.directory.v1.CatalogueService/GetResource",
    "/tongban.directory.v1.RegisterService/GetHistory",
    "/tongban.licence.v1.LicenceService/VerifyLicence",
    "/tongban.licence.v1.LicenceService/GetStatusList",
}
"""Open to every linked hall too, whoever provides what they ask for."""
OF_HOLDERS = {"/tongban.licence.v1.LicenceService/ListAccesses"}
"""A holder asks at the window of any hall; the tests of the service in tests/hub ask as those who may not."""
OF_ITS_OWN = {
    "/tongban.directory.v1.SharingService/Apply",
    "/tongban.directory.v1.SharingService/ListShares",
    "/tongban.directory.v1.CorrectionService/ReportError",
    "/tongban.directory.v1.CorrectionService/ListReports",
    "/tongban.supervision.v1.SupervisionService/ListCards",
    "/tongban.supervision.v1.SupervisionService/ListOrders",
    "/tongban.supervision.v1.SupervisionService/ListRectifications",
    "/tongban.supervision.v1.SupervisionService/ListReminders",
    *(f"/tongban.guidance.v1.GuidanceService/{name}" for name in ("ListThreads", "PublishAnswer", "WithdrawAnswer")),
    *(f"/tongban.guidance.v1.AttachmentService/{name}" for name in ("Put", "Get")),
}
"""They open or list what is the caller's own, by its certificate; the tests of their services in tests/hub ask for what is others'."""
NAMES_NO_HALL = {"page_token"}
UNTOUCHED = (
    "register",
    "register_history",
    "pending_changes",
    "staging_authors",
    "cards",
    "orders",
    "rectifications",
    "shares",
    "corrections",
    "segments",
    "mailbox_entries",
    "mailboxes",
    "acknowledgements",
    "certificates",
    "key_entries",
    "journals",
)
SUPERVISOR = Principal(role="supervisor", person="7")
HOUSING_CLERK = Principal(role="clerk", department="housing", person="7")
"""Of the victim's department that provides PERMITS."""

Requests = Sequence[Message]
Driver = Callable[[Identity, str], Requests]


def submit(captured: Identity, other: str) -> Requests:
    """Open the journal of another hall, and send it a batch that the captured keys signed."""
    forged = replace(captured, hall=other)
    opening = exchange_pb2.SubmitOpen(protocol_version=1, journal=forged.journal.name)
    batch = Journal(forged).seal([case_envelope(forged, CASE)])
    return [exchange_pb2.SubmitRequest(open=opening), exchange_pb2.SubmitRequest(batch=batch)]


def receive(captured: Identity, other: str) -> Requests:
    """Open the inbox of another hall, with an acknowledgement that the captured keys signed."""
    signer = replace(captured, hall=other).inbox
    note = sign_checkpoint(Checkpoint(signer.name, 1, bytes(32)), signer)
    opening = exchange_pb2.ReceiveOpen(protocol_version=1, inbox=signer.name, checkpoint=note, window_bytes=1 << 20)
    return [exchange_pb2.ReceiveRequest(open=opening)]


def get_journal(_: Identity, other: str) -> Requests:
    return [exchange_pb2.GetJournalRequest(journal=journal_origin(TRUST_DOMAIN, other, 1))]


def export_evidence(_: Identity, other: str) -> Requests:
    wanted = ledger_pb2.ExportEvidenceRequest.Position(journal=journal_origin(TRUST_DOMAIN, other, 1), index=0)
    return [ledger_pb2.ExportEvidenceRequest(positions=[wanted])]


def get_case(_: Identity, other: str) -> Requests:
    return [case_pb2.GetCaseRequest(hall=other, case_number=CASE, asked_by=SUPERVISOR)]


def list_cases(_: Identity, other: str) -> Requests:
    return [case_pb2.ListCasesRequest(hall=other, asked_by=SUPERVISOR)]


def get_clocks(_: Identity, other: str) -> Requests:
    return [case_pb2.GetClocksRequest(hall=other, case_number=CASE, asked_by=SUPERVISOR)]


def get_statistics(_: Identity, other: str) -> Requests:
    return [statistics_pb2.GetStatisticsRequest(hall=other, asked_by=SUPERVISOR)]


def get_timeline(_: Identity, other: str) -> Requests:
    return [case_pb2.GetTimelineRequest(hall=other, case_number=CASE, asked_by=SUPERVISOR)]


def list_decisions(_: Identity, other: str) -> Requests:
    auditor = Principal(role="auditor", person="7")
    return [decisions_pb2.ListDecisionsRequest(hall=other, asked_by=auditor)]


def act(request: type[Message]) -> Driver:
    """Do something to what the victim applied for or reported, as someone of a department that the captured hall makes up."""
    said = {"application": SHARE} if "application" in request.DESCRIPTOR.fields_by_name else {"report": REPORT}
    said |= {name: "x" for name in ("ground", "text") if name in request.DESCRIPTOR.fields_by_name}
    return lambda captured, _other: [request(**said, asked_by=administrator("windows" if captured.hall == CAPTURED else HOUSING))]


def administrator(department: str) -> Principal:
    return Principal(role="catalogue-administrator", department=department, person="7")


def get_record(_: Identity, __: str) -> Requests:
    return [records_pb2.GetRecordRequest(resource=PERMITS, key=CASE, asked_by=HOUSING_CLERK)]


def list_records(_: Identity, __: str) -> Requests:
    return [records_pb2.ListRecordsRequest(resource=PERMITS, asked_by=HOUSING_CLERK)]


DRIVEN: dict[str, Driver] = {
    **supervised_victim.DRIVEN,
    **register_drivers.DRIVEN,
    "/tongban.exchange.v1.ExchangeService/Submit": submit,
    "/tongban.exchange.v1.ExchangeService/Receive": receive,
    "/tongban.exchange.v1.ExchangeService/GetJournal": get_journal,
    "/tongban.ledger.v1.LedgerService/ExportEvidence": export_evidence,
    "/tongban.case.v1.CaseService/GetCase": get_case,
    "/tongban.case.v1.CaseService/ListCases": list_cases,
    "/tongban.case.v1.CaseService/GetTimeline": get_timeline,
    "/tongban.case.v1.CaseService/GetClocks": get_clocks,
    "/tongban.case.v1.StatisticsService/GetStatistics": get_statistics,
    "/tongban.directory.v1.DecisionService/ListDecisions": list_decisions,
    "/tongban.directory.v1.RecordService/GetRecord": get_record,
    "/tongban.directory.v1.RecordService/ListRecords": list_records,
    "/tongban.licence.v1.LicenceService/QueryLicences": query_licences,
    "/tongban.licence.v1.LicenceService/ListOutliers": list_outliers,
}
ACTS: dict[str, Driver] = {
    **supervised_victim.ACTS,
    **register_drivers.ACTS,
    "/tongban.directory.v1.SharingService/GetShare": act(sharing_pb2.GetShareRequest),
    "/tongban.directory.v1.SharingService/Answer": act(sharing_pb2.AnswerRequest),
    "/tongban.directory.v1.SharingService/Grant": act(sharing_pb2.GrantRequest),
    "/tongban.directory.v1.SharingService/Refuse": act(sharing_pb2.RefuseRequest),
    "/tongban.directory.v1.SharingService/Withdraw": act(sharing_pb2.WithdrawRequest),
    "/tongban.directory.v1.CorrectionService/AnswerReport": act(corrections_pb2.AnswerReportRequest),
    "/tongban.directory.v1.CorrectionService/CloseReport": act(corrections_pb2.CloseReportRequest),
}
"""They are for the two sides alone; the tests of their services in tests/hub do them in their turn."""
NOT_FOR_ITSELF = {
    "/tongban.exchange.v1.ExchangeService/Receive",  # its acknowledgement is forged
    "/tongban.directory.v1.DecisionService/ListDecisions",  # for the province's auditors
    "/tongban.licence.v1.LicenceService/ListOutliers",  # as well
}
WRITTEN_DOWN = 8
"""Of the methods, those whose every question is written down: of CaseService, StatisticsService, RecordService; and SaveChanges."""
ENROL = "/tongban.enrolment.v1.EnrolmentService/Enrol"
RENEW = "/tongban.enrolment.v1.EnrolmentService/Renew"


def test_every_method_is_driven_or_cannot_name_a_hall() -> None:
    listed = {path(method): method for method in methods()}
    assert {*DRIVEN, *ACTS, ENROL, RENEW, *TO_EVERY_HALL, *CATALOGUE, *OF_ITS_OWN, *OF_HOLDERS} == set(listed)
    for name in TO_EVERY_HALL:
        texts = {field.name for field in fields(listed[name].input_type) if field.type == FieldDescriptor.TYPE_STRING}
        assert texts <= NAMES_NO_HALL


async def test_a_captured_hall_reads_and_writes_nothing_of_the_others(tmp_path: Path) -> None:
    async with running(tmp_path, make_province(tmp_path)) as hub:
        with_catalogue(hub)
        captured, victim = await hub.join(CAPTURED), await hub.join(VICTIM)
        await tell(victim)
        await share(hub, victim)
        await supervised_victim.supervise(hub)
        with_catalogue(hub)  # again: what was staged took its place
        others = [hall.hall for hall in hub.hub.rooms.registry.province if hall.hall != CAPTURED]
        assert len(others) == HALLS - 1
        before = await everything(hub)
        drivers: dict[str, Driver] = {
            **DRIVEN,
            **ACTS,
            ENROL: Enrolment(hub.application(CAPTURED).token),
            RENEW: Renewal(read_chain(victim.identity.chain)[0].public_bytes(Encoding.PEM)),
        }
        listed = {path(method): method for method in methods()}
        credentials = grpc.ssl_channel_credentials(captured.identity.root)
        async with grpc.aio.secure_channel(hub.enrolment, credentials) as door:
            for name, requests in drivers.items():
                channel = door if name.startswith("/tongban.enrolment.") else captured.channel
                for other in others:
                    await nothing_comes(channel, listed[name], requests(captured.identity, other))
        assert await everything(hub) == before
        assert await denials(hub) == WRITTEN_DOWN * len(others)
        await victim.close()
        await captured.close()


async def test_the_same_questions_are_answered_to_the_hall_they_name(tmp_path: Path) -> None:
    async with running(tmp_path, make_province(tmp_path)) as hub:
        with_catalogue(hub)
        victim = await hub.join(VICTIM)
        await tell(victim)
        listed = {path(method): method for method in methods()}
        for name in DRIVEN.keys() - NOT_FOR_ITSELF:
            requests = [request.SerializeToString() for request in DRIVEN[name](victim.identity, VICTIM)]
            assert await some_answer(victim, listed[name], requests), name
        await victim.close()


async def some_answer(client: HallClient, method: MethodDescriptor, requests: Sequence[bytes]) -> list[Message]:
    """Ask until something is answered: the read model follows the ledger a moment later."""
    for _ in range(ASKED_AGAIN):
        answers, _error = await answered(client.channel, method, requests)
        if answers:
            return answers
        await asyncio.sleep(0.1)
    return []


async def tell(victim: HallClient) -> None:
    """Let the victim have something to be read."""
    stream, _ = await opened(victim)
    told = case_envelope(victim.identity, CASE, actor=None)  # by the hall's own system: it has departments
    record = record_envelope(victim.identity, *put(CASE, {"name": "甲"}), PERMITS)
    await receipt(stream, Journal(victim.identity).seal([told, record]))
    await stream.end()


async def share(hub: RunningHub, victim: HallClient) -> None:
    """Let the victim apply to itself for something, and report an error in it, under the ids that the captured hall has guessed."""
    stage(hub.config, departments({MARKET: VICTIM, HOUSING: VICTIM}), catalogue())
    rooms = hub.hub.rooms
    await rooms.registrar.take_in()
    ids = iter((SHARE, REPORT))
    with pytest.MonkeyPatch.context() as patched:
        for module in (shares, corrections):
            patched.setattr(module, "new_id", lambda _: next(ids))
        await Member(victim, department=HOUSING).apply()
        found = corrections_pb2.ReportErrorRequest(resource=RESOURCE, what="x", asked_by=administrator(HOUSING))
        await Member(victim).corrections.ReportError(found, timeout=SECONDS)
    assert [len(rooms.sharing.shares.docket), len(rooms.sharing.corrections.docket)] == [1, 1]


async def nothing_comes(channel: grpc.aio.Channel, method: MethodDescriptor, requests: Requests) -> None:
    answers, error = await answered(channel, method, [request.SerializeToString() for request in requests])
    assert answers == [], path(method)
    assert error is not None, path(method)
    assert reason_of(error) not in {"REASON_INTERNAL", "REASON_MALFORMED_MESSAGE"}, (path(method), error.details())


async def everything(hub: RunningHub) -> dict[str, list[tuple[object, ...]]]:
    """Return all that the hub keeps, but what the captured hall's own lease and cosignatures change, and what the hub says itself."""

    def read() -> dict[str, list[tuple[object, ...]]]:
        with hub.hub.rooms.database.reader.begin() as connection:
            tables = [metadata.tables[name] for name in UNTOUCHED]
            return {table.name: sorted(map(tuple, connection.execute(others_words(table))), key=str) for table in tables}

    return await hub.hub.rooms.reading(read)


def others_words(table: sa.Table) -> sa.Select[*tuple[object, ...]]:
    """Leave out the hub's own messages, and where its journal stands."""
    query = sa.select(table)
    if table is segments:
        return query.where(sa.not_(said_by_the_hub()))
    return query.where(table.c.hall != HUB) if table is journals else query


def said_by_the_hub() -> sa.ColumnElement[bool]:
    return sa.and_(segments.c.author == HUB, segments.c.kind == LEDGER_MESSAGE)


async def denials(hub: RunningHub) -> int:
    """Count the decision records, each of which has to say that nothing was shown."""

    def read() -> list[int]:
        with hub.hub.rooms.database.reader.begin() as connection:
            batches = connection.scalars(sa.select(segments.c.batch).where(said_by_the_hub()))
            envelopes = [Envelope.FromString(raw) for batch in batches for raw in exchange_pb2.Batch.FromString(batch).envelopes]
        made = [envelope for envelope in envelopes if Header.FromString(envelope.header).resource == DECISIONS]
        return [decisions_pb2.DecisionRecord.FromString(envelope.payload).verdict for envelope in made]

    verdicts = await hub.hub.rooms.reading(read)
    assert set(verdicts) == {decisions_pb2.VERDICT_DENIED, decisions_pb2.VERDICT_NOT_FOUND}
    return len(verdicts)
