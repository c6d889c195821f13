"""Read bodies as every reader of JSON understands them alike (directory.record_json).

Laws: a key given twice, a number beyond what a double holds, half of a surrogate pair are refused; what is wrong is said by the names of
fields, never by what they hold, and a field that nobody knows is named only if it looks like one.
"""

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

from directory.errors import RecordMalformed
from directory.record_json import read_record
from node_agent.api.refusing import Refused

_FIELD: Final = re.compile(r"[a-z][a-z_]{0,40}")
_EXTRA: Final = "extra_forbidden"
_SAID: Final[Mapping[str, str]] = {
    "missing": "is missing",
    _EXTRA: "is no field of this call",
    "string_too_long": "is too long",
    "string_too_short": "is empty",
    "too_long": "holds too many",
    "too_short": "holds too few",
    "literal_error": "is none of the words that stand here",
    "date_from_datetime_parsing": "is no day, YYYY-MM-DD",
    "date_parsing": "is no day, YYYY-MM-DD",
    "string_type": "is no text",
    "dict_type": "is no object",
    "list_type": "is no list",
    "string_pattern_mismatch": "is not written as it has to be",
}
_OTHER: Final = "does not fit: see /v1/openapi.json"


class StrictRequest(Request):
    """A request whose body is one JSON object, strictly."""

    async def json(self) -> Any:  # noqa: ANN401 - as its base says
        """Return the body; raises Refused."""
        if not hasattr(self, "_read"):
            try:
                self._read = read_record(await self.body())
            except RecordMalformed as error:
                raise Refused("REASON_MALFORMED_MESSAGE", f"the body is not the JSON that is taken here: {error}") from None
        return self._read


class StrictRoute(APIRoute):
    """Serve calls whose bodies are read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of FastAPI, given a strict request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


def refused_fields(faults: Sequence[Mapping[str, Any]]) -> Refused:
    """Say which fields are wrong, of what FastAPI found."""
    found = list(dict.fromkeys((_path(fault), _what(fault)) for fault in faults))
    message = "; ".join(f"{path}: {what}" if path else what for path, what in found)
    return Refused("REASON_FIELD_INVALID", message, faults=found)


def _what(fault: Mapping[str, Any]) -> str:
    own = fault["msg"].removeprefix("Value error, ")
    return own if fault["type"] == "value_error" else _SAID.get(fault["type"], _OTHER)


def _path(fault: Mapping[str, Any]) -> str:
    """Return the path of a field behind `body` or `header`."""
    steps = [str(step) for step in fault["loc"][1:]]
    if fault["type"] == _EXTRA and steps and not _FIELD.fullmatch(steps[-1]):
        steps[-1] = "?"
    return ".".join(steps)
