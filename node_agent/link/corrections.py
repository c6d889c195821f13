"""Tell providers through the hub what is wrong in their records, and answer what they are told.

Law: each function raises what `questions.ask` raises.
"""

from grpc import aio

from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link.questions import TIMEOUT_SECONDS, ask
from tongban.directory.v1 import corrections_pb2
from tongban.directory.v1.corrections_pb2_grpc import CorrectionServiceStub


def _stub(channel: aio.Channel) -> "CorrectionServiceStub":
    stub: CorrectionServiceStub = CorrectionServiceStub(channel)
    return stub


async def report(config: Config, hall: HallKeys, request: corrections_pb2.ReportErrorRequest) -> corrections_pb2.ReportStanding:
    """Report an error."""
    return await ask(config, hall, lambda channel: _stub(channel).ReportError(request, timeout=TIMEOUT_SECONDS))


async def answer(config: Config, hall: HallKeys, request: corrections_pb2.AnswerReportRequest) -> corrections_pb2.ReportStanding:
    """Answer a report."""
    return await ask(config, hall, lambda channel: _stub(channel).AnswerReport(request, timeout=TIMEOUT_SECONDS))


async def close(config: Config, hall: HallKeys, request: corrections_pb2.CloseReportRequest) -> corrections_pb2.ReportStanding:
    """Close a report that was answered."""
    return await ask(config, hall, lambda channel: _stub(channel).CloseReport(request, timeout=TIMEOUT_SECONDS))


async def page(config: Config, hall: HallKeys, request: corrections_pb2.ListReportsRequest) -> corrections_pb2.ListReportsResponse:
    """Return a page of reports."""
    return await ask(config, hall, lambda channel: _stub(channel).ListReports(request, timeout=TIMEOUT_SECONDS))
