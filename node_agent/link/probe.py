"""Ask the hub whether it would serve this hall, and nothing more."""

from datetime import datetime

from grpc import aio

from certs.errors import CertsError
from node_agent.checks import Check
from node_agent.config import Config
from node_agent.errors import HubRefused, HubUnreachable
from node_agent.hall_keys import HallKeys
from node_agent.ledger_view import LedgerView
from node_agent.link import refusals
from node_agent.link.channel import exchange_channel
from node_agent.link.ledger import LedgerClient
from node_agent.link.rooms import PROTOCOL_VERSION, RELEASE, Clock
from node_agent.link.stream import Stream
from tongban.exchange.v1.exchange_pb2 import Close, SubmitOpen, SubmitRequest, SubmitResponse
from tongban.exchange.v1.exchange_pb2_grpc import ExchangeServiceStub

SKEW_SECONDS = 300.0


async def hub(config: Config, hall: HallKeys, clock: Clock, *, idle: bool) -> list[Check]:
    """Check that the hub is reached, knows the hall, and agrees on the time.

    The clock is compared only when no agent of this hall is at work (`idle`): it takes the submit lease.
    """
    address = hall.exchange_address
    try:
        async with exchange_channel(config, hall) as channel:
            await LedgerClient(channel).check_not_rolled_back(LedgerView(hall.ledger_verifier, None))
            checks = [Check("hub", well=True, what=f"{address} answers, and its ledger checkpoint verifies")]
            return [*checks, await _clock(channel, hall, clock)] if idle else checks
    except HubUnreachable as error:
        return [Check("hub", well=False, what=f"{address}: {error}", do="see that address and firewall let this machine out")]
    except HubRefused as error:
        return [Check("hub", well=False, what=f"{address}: {error}", do=refusals.remedy(error.reason).do)]
    except (OSError, CertsError) as error:
        return [Check("hub", well=False, what=str(error), do="restore `data_dir`/keys, or enrol again")]


async def _clock(channel: aio.Channel, hall: HallKeys, clock: Clock) -> Check:
    stub: ExchangeServiceStub = ExchangeServiceStub(channel)
    stream: Stream[SubmitRequest, SubmitResponse] = Stream(stub.Submit(None))
    try:
        await stream.write(SubmitRequest(open=SubmitOpen(protocol_version=PROTOCOL_VERSION, journal=hall.journal.name, release=RELEASE)))
        answer = await stream.read()
        asked_at: datetime = clock()
        await stream.close(SubmitRequest(close=Close()))
    finally:
        stream.cancel()
    if answer is None or answer.WhichOneof("message") != "opened":
        return Check("clock", well=True, what="not compared")
    skew = abs(asked_at.timestamp() - answer.opened.hub_time.ToMilliseconds() / 1000)
    well = skew <= SKEW_SECONDS
    return Check("clock", well=well, what=f"{skew:.1f} s off the hub's", do="" if well else "set this machine's clock")
