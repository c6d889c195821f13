"""Serve a hub whose server reads one row of the registry beside it: that, and nothing else, for whoever asks.

Law: it is the hub's own gRPC server, database and thread pool; no certificate is looked at, nothing is decided, opened or written down.
"""

import sys
from typing import Any

import grpc
import sqlalchemy as sa

from hub.cli import main
from hub.licences.tables import versions
from hub.rpc.door import Doorkeeper
from hub.rpc.licences import LicenceService

SERVICE, METHOD = "tongban.bench.Bare", "Read"
_ROW = sa.select(versions).where(versions.c.licence_id == sa.bindparam("id"))


def _serve_beside() -> None:
    register = LicenceService.register

    def with_reads(service: LicenceService, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        register(service, server, keeper)

        def read(licence_id: str) -> bytes:
            with service.models.reader.begin() as connection:
                return bytes(connection.execute(_ROW, {"id": licence_id}).one().sealed)

        async def behave(request: bytes, _context: Any) -> bytes:
            return await service.rooms.reading(read, request.decode())

        handlers = {METHOD: grpc.unary_unary_rpc_method_handler(behave)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))

    setattr(LicenceService, "register", with_reads)  # noqa: B010 - for measuring alone


if __name__ == "__main__":
    _serve_beside()
    main(sys.argv[1:])
