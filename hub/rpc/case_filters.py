"""Read what a list of cases is narrowed to.

Laws: what is no state, no light, no name or no time is refused by name, and never taken for nothing.
"""

from directory.case_state import STATUSES
from directory.supervision.vocabulary import Light
from hub.cases.search import Wanted
from hub.errors import Refusal
from hub.rpc.filters import check_name_if_any, moment
from tongban.case.v1 import case_pb2
from tongban.errors.v1 import errors_pb2

_NAMES = ("hall", "subtree", "department", "item_code", "case_number_prefix")


def wanted_of(request: case_pb2.ListCasesRequest) -> Wanted:
    """Return what a list is asked for; raises Refusal FIELD_INVALID."""
    for name in _NAMES:
        check_name_if_any(getattr(request, name), name)
    if request.hall and request.subtree:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "ask for a hall or for a subtree, not for both", field="subtree")
    if request.state and request.state not in STATUSES:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"state is one of {', '.join(sorted(STATUSES))}", field="state")
    return Wanted(
        status=request.state,
        applied_from_ms=moment(request, "applied_from"),
        applied_before_ms=moment(request, "applied_before"),
        item_code=request.item_code,
        department=request.department,
        light=_light(request.light),
        accepted_from_ms=moment(request, "accepted_from"),
        accepted_before_ms=moment(request, "accepted_before"),
        due_from_ms=moment(request, "due_from"),
        due_before_ms=moment(request, "due_before"),
        number_prefix=request.case_number_prefix,
    )


def _light(text: str) -> Light | None:
    try:
        return Light(text) if text else None
    except ValueError:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"light is one of {', '.join(Light)}", field="light") from None
