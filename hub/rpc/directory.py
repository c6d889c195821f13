"""Serve tongban.directory.v1.DirectoryService: every linked hall may know the halls of the province."""

from bisect import bisect_right
from dataclasses import dataclass, field
from secrets import token_bytes

import grpc

from directory.halls import Hall, Tier
from hub.cases.paging import PageTokens
from hub.rooms import Rooms
from hub.rpc.door import Doorkeeper, serve
from hub.rpc.paging import page_size, position_in
from hub.rpc.streams import OpenCall
from tongban.directory.v1 import directory_pb2

_QUESTION = ("ListHalls",)
_TIERS = {
    Tier.PROVINCE: directory_pb2.TIER_PROVINCE,
    Tier.CITY: directory_pb2.TIER_CITY,
    Tier.COUNTY: directory_pb2.TIER_COUNTY,
}


@dataclass(frozen=True, slots=True)
class DirectoryService:
    """The halls; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        serve(server, directory_pb2.DESCRIPTOR.services_by_name["DirectoryService"], {"ListHalls": self.list_halls}, keeper)

    async def list_halls(self, request: directory_pb2.ListHallsRequest, call: OpenCall) -> directory_pb2.ListHallsResponse:
        """Return a page of halls, in the order of their ids."""
        caller = call.caller.hall
        halls = sorted(self.rooms.registry.province, key=_hall_id)
        position = position_in(self.tokens, request.page_token, caller, _QUESTION)
        start = bisect_right(halls, str(position[0]), key=_hall_id) if position else 0
        page = halls[start : start + page_size(request.page_size)]
        more = self.tokens.write(caller, _QUESTION, (page[-1].hall,)) if start + len(page) < len(halls) else ""
        return directory_pb2.ListHallsResponse(halls=[_hall(hall) for hall in page], next_page_token=more)


def _hall_id(hall: Hall) -> str:
    return hall.hall


def _hall(hall: Hall) -> directory_pb2.Hall:
    return directory_pb2.Hall(
        hall=hall.hall,
        display_name=hall.display_name,
        tier=_TIERS[hall.tier],
        superior=hall.superior,
        division_code=hall.division_code,
        linked=hall.linked,
    )
