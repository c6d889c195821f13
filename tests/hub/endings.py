"""Keep the status with which a call ended, whatever was being said to it just then.

gRPC's asyncio client puts INTERNAL in the place of the peer's status when a call ends under a write. The agent bears that; a test that
asks why it was refused has to hear it.
"""

from typing import Any

from grpc import _common
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # private, as what is mended


def kept(call: Any) -> Any:
    """Have a call that was just begun with an iterator of requests write them so that its own status stays."""

    async def write(request: Any) -> None:
        await call._metadata_sent.wait()
        try:
            await call._cython_call.send_serialized_message(_common.serialize(request, call._request_serializer))
        except cygrpc.InternalError:
            return  # it has ended, and whoever listens hears how

    call._write = write
    return call
