"""Serve tongban.directory.v1.CatalogueService: which resources there are, and whether they are kept up.

Laws: the law decides on each resource that is shown; drafts are nobody's business. A page looks at so many resources at most as there
are, in a thread of its own.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from secrets import token_bytes

import grpc

from directory.access import action_of
from directory.calendar import beijing_day
from directory.catalogue.standing import Standing, standing
from directory.catalogue.vocabulary import SharingType
from directory.register.lookup import Lookup
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from hub.cases.paging import PageTokens
from hub.rooms import Rooms
from hub.rpc.asking import Asking
from hub.rpc.door import Doorkeeper, Unary, serve
from hub.rpc.filters import check_name, check_name_if_any, word_if_any
from hub.rpc.matters import not_found
from hub.rpc.paging import page_size, position_in
from hub.rpc.streams import OpenCall
from tongban.directory.v1 import catalogue_pb2

AT_ONCE = 500
"""Resources of which the last updates are asked for together."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which resources someone asks for, and may see."""

    provider_hall: str
    sharing: SharingType | None
    overdue: bool
    asking: Asking
    action: Action

    def holds(self, found: Standing) -> bool:
        """Tell whether a resource is wanted and may be seen."""
        if self.provider_hall not in {"", found.provider.hall} or self.sharing not in {None, found.version.resource.sharing}:
            return False
        return self.may_see(found) and (found.is_overdue or not self.overdue)

    def may_see(self, found: Standing) -> bool:
        """Tell whether a resource may be seen."""
        return self.asking.may(self.action, Subject(hall=found.provider.hall, department=found.provider.department))


@dataclass(frozen=True, slots=True)
class CatalogueService:
    """The catalogue; page tokens end with the process unless a secret is given."""

    rooms: Rooms
    tokens: PageTokens = field(default_factory=lambda: PageTokens(token_bytes(32)))

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Unary] = {"ListResources": self.list_resources, "GetResource": self.get_resource}
        serve(server, catalogue_pb2.DESCRIPTOR.services_by_name["CatalogueService"], methods, keeper)

    async def get_resource(self, request: catalogue_pb2.GetResourceRequest, call: OpenCall) -> catalogue_pb2.CatalogueEntry:
        """Return one resource with its fields."""
        check_name(request.resource, "resource")
        asking = Asking.of(self.rooms, call, request)
        asking.check_open(action_of(call.method))
        wanted = _Wanted("", None, overdue=False, asking=asking, action=action_of(call.method))
        lookup, today = self._now()
        for found in await self.rooms.reading(lambda: list(self._standings(lookup, [request.resource], today))):
            if wanted.may_see(found):
                entry = _entry(found)
                entry.fields.extend(_fields(found))
                return entry
        raise not_found("resource")

    async def list_resources(self, request: catalogue_pb2.ListResourcesRequest, call: OpenCall) -> catalogue_pb2.ListResourcesResponse:
        """Return a page of resources, in the order of their ids."""
        check_name_if_any(request.provider_hall, "provider_hall")
        sharing = word_if_any(request.sharing, SharingType, "sharing")
        asking = Asking.of(self.rooms, call, request)
        asking.check_open(action_of(call.method))
        wanted = _Wanted(request.provider_hall, sharing, overdue=request.overdue, asking=asking, action=action_of(call.method))
        hall = asking.principal.hall
        question: tuple[str | int, ...] = ("ListResources", *asking.asker, request.provider_hall, request.sharing, request.overdue)
        position = position_in(self.tokens, request.page_token, hall, question)
        size = page_size(request.page_size)
        page = await self.rooms.reading(self._page, wanted, str(position[0]) if position else "", size + 1)
        more = self.tokens.write(hall, question, (page[size - 1].version.resource.resource,)) if len(page) > size else ""
        return catalogue_pb2.ListResourcesResponse(resources=[_entry(found) for found in page[:size]], next_page_token=more)

    def _page(self, wanted: _Wanted, after: str, most: int) -> list[Standing]:
        lookup, today = self._now()
        resources = lookup.catalogue.resources
        page: list[Standing] = []
        for found in self._standings(lookup, resources[bisect_right(resources, after) :], today):
            if wanted.holds(found):
                page.append(found)
            if len(page) == most:
                break
        return page

    def _standings(self, lookup: Lookup, resources: Sequence[str], today: date) -> Iterator[Standing]:
        for start in range(0, len(resources), AT_ONCE):
            some = resources[start : start + AT_ONCE]
            updates = self.rooms.last_updates(some)
            for resource in some:
                found = standing(lookup, resource, today, updates.get(resource))
                if found is not None:
                    yield found

    def _now(self) -> tuple[Lookup, date]:
        shares = self.rooms.sharing.shares
        return shares.lookup(), beijing_day(shares.clock())


def _entry(found: Standing) -> catalogue_pb2.CatalogueEntry:
    version, fresh = found.version, found.freshness
    said = catalogue_pb2.CatalogueEntry(
        resource=version.resource.resource,
        display_name=version.resource.display_name,
        abstract=version.resource.abstract,
        provider=found.provider.department,
        provider_hall=found.provider.hall,
        sharing=version.resource.sharing,
        sharing_terms=version.resource.sharing_terms,
        manner=version.resource.manner,
        version=version.version,
        state=version.state,
        in_force=found.in_force,
        update_cycle=version.resource.update_cycle,
        last_update=found.last_update.isoformat() if found.last_update else "",
    )
    if fresh is not None:
        said.freshness, said.working_days_late = fresh.state, fresh.working_days_late
        if fresh.due is not None:
            said.due, said.due_provisional = fresh.due.day.isoformat(), fresh.due.provisional
    return said


def _fields(found: Standing) -> Iterator[catalogue_pb2.ResourceField]:
    for item in found.version.items:
        yield catalogue_pb2.ResourceField(
            name=item.name, title=item.title, type=item.type, sensitivity=item.sensitivity, required=item.required
        )
