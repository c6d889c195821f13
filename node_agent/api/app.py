"""List every call of the API, with what it takes and answers."""

from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Header, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from directory.licences.vocabulary import ActKind
from node_agent.api import acts, models, questions
from node_agent.api.guard import HEALTH, OPENAPI, Guard, failed
from node_agent.api.keys import ApiKey
from node_agent.api.office import Office
from node_agent.api.rates import Rates
from node_agent.api.refusing import Refused, answer, refused_of
from node_agent.api.requests import HEADER
from node_agent.api.strict import StrictRoute, refused_fields
from node_agent.errors import StoreError

TITLE: Final = "Tongban: licences for the business systems of a hall"
VERSION: Final = "1"
_ABOUT: Final = (
    "Every call but `health` needs `Authorization: Bearer <API key>`, and acts for the person of that key. Calls that do something need an "
    "`Idempotency-Key` of the system's own: the same request is done once. Errors have one form; switch on `error.reason`."
)
_bearer: Final = HTTPBearer(auto_error=False, description="An API key: `tongban-agent api-key add`.")
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": models.Refusal, "description": why}
    for status, why in {
        400: "What was sent is wrong; details name the fields.",
        401: "The API key is wrong or has expired.",
        403: "The key, or the rules of access, do not open this.",
        404: "There is no such thing here.",
        409: "As things stand this cannot be done, or the Idempotency-Key was used for something else.",
        413: "The body is too long.",
        429: "The key calls too often; Retry-After says when to come again.",
        500: "The agent failed.",
        502: "The hub refused what this agent sent.",
        503: "The hub or the store is not reached now; Retry-After says when to come again.",
    }.items()
}


def _key(request: Request, _shown: Annotated[object, Security(_bearer)]) -> ApiKey:
    """Return the key that the guard knows."""
    key: ApiKey = request.state.key
    return key


Key = Annotated[ApiKey, Depends(_key)]
Number = Annotated[str, Header(alias=HEADER, description="A number of the system's own for this request: 1 to 64 of A-Z a-z 0-9 . _ -")]


def application(office: Office, rates: Rates) -> ASGIApp:
    """Return the API as an ASGI application."""
    app = described(office)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _no_such)
    app.add_exception_handler(Exception, _failed)
    return Guard(app, office.known, rates)


def described(office: Office) -> FastAPI:
    """Return the calls, with their OpenAPI document."""
    app = FastAPI(
        title=TITLE, version=VERSION, description=_ABOUT, openapi_url=OPENAPI, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.router.route_class = StrictRoute
    _add_acts(app, office)
    _add_endings(app, office)
    _add_questions(app, office)
    app.openapi_schema = _as_it_is(app.openapi())
    return app


def _as_it_is(document: dict[str, Any]) -> dict[str, Any]:
    """Take out of an OpenAPI document the answer that FastAPI adds by itself: what is sent wrong is answered with 400 here."""
    for path in document["paths"].values():
        for call in path.values():
            call["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    return document


def _add_acts(app: FastAPI, office: Office) -> None:
    @app.post("/v1/licences:issue", operation_id="issue", name="issue", responses=_ERRORS)
    async def issue(key: Key, number: Number, body: models.Issue) -> models.Done:
        """Issue a licence under the hall's next number; works while the hub is away."""
        return await acts.do(office, key, number, ActKind.ISSUED, body)

    @app.post("/v1/licences:change", operation_id="change", name="change", responses=_ERRORS)
    async def change(key: Key, number: Number, body: models.Change) -> models.Done:
        """Make the next version of a licence; works while the hub is away."""
        return await acts.do(office, key, number, ActKind.CHANGED, body)

    @app.post("/v1/licences:renew", operation_id="renew", name="renew", responses=_ERRORS)
    async def renew(key: Key, number: Number, body: models.Renew) -> models.Done:
        """Make the next version of a licence, which says the same for longer; works while the hub is away."""
        return await acts.do(office, key, number, ActKind.RENEWED, body)

    @app.post("/v1/licences:suspend", operation_id="suspend", name="suspend", responses=_ERRORS)
    async def suspend(key: Key, number: Number, body: models.Suspend) -> models.Done:
        """Suspend a licence: it is not valid until it is resumed."""
        return await acts.do(office, key, number, ActKind.SUSPENDED, body)

    @app.post("/v1/licences:resume", operation_id="resume", name="resume", responses=_ERRORS)
    async def resume(key: Key, number: Number, body: models.Resume) -> models.Done:
        """Resume a licence that is suspended."""
        return await acts.do(office, key, number, ActKind.RESUMED, body)

    @app.post("/v1/licences:supersede", operation_id="supersede", name="supersede", responses=_ERRORS)
    async def supersede(key: Key, number: Number, body: models.Supersede) -> models.Done:
        """Let another licence of this hall stand in the place of one."""
        return await acts.do(office, key, number, ActKind.SUPERSEDED, body)


def _add_endings(app: FastAPI, office: Office) -> None:
    @app.post("/v1/licences:end", operation_id="end", name="end", responses=_ERRORS)
    async def end(key: Key, number: Number, body: models.End) -> models.Proposed:
        """Propose an ending; it is done when the key of another person confirms it."""
        return await acts.end(office, key, number, body)

    @app.post("/v1/endings:confirm", operation_id="confirm", name="confirm", responses=_ERRORS)
    async def confirm(key: Key, number: Number, body: models.Confirm) -> models.Done:
        """Confirm an ending that another person proposed."""
        return await acts.confirm(office, key, number, body)

    @app.post("/v1/endings:drop", operation_id="drop", name="drop", responses=_ERRORS)
    async def drop(key: Key, number: Number, body: models.Drop) -> models.Proposed:
        """Take back an ending that was proposed: nothing is done to the licence."""
        return await acts.drop(office, key, number, body)

    @app.post("/v1/requests:get", operation_id="became", name="became", responses=_ERRORS)
    async def became(key: Key, body: models.Status) -> models.Became:
        """Say what became of a request of the system's own."""
        return await acts.became(office, key, body)


def _add_questions(app: FastAPI, office: Office) -> None:
    @app.post("/v1/licences:query", operation_id="query", name="query", responses=_ERRORS)
    async def query(key: Key, body: models.Query) -> models.Answers:
        """Look at licences for a purpose; the hub decides, and writes it down for their holders."""
        return await questions.query(office, key, body)

    @app.post("/v1/licences:verify", operation_id="verify", name="verify", responses=_ERRORS)
    async def verify(key: Key, body: models.Verify) -> models.Verified:
        """Have a presentation checked, and learn how the licence stands now."""
        return await questions.verify(office, key, body)

    @app.get(HEALTH, operation_id="health", name="health")
    async def health() -> models.Health:
        """Say how the agent is; needs no key."""
        return await _health(office)


async def _health(office: Office) -> models.Health:
    try:
        await office.keeping.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar_one())
    except StoreError:
        return models.Health(hall=office.config.hall, store="failing", hub="reached" if office.hub_reached else "away")
    return models.Health(hall=office.config.hall, store="well", hub="reached" if office.hub_reached else "away")


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as it is registered
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        return answer(Refused("REASON_MALFORMED_MESSAGE", "the body is no JSON"))
    return answer(refused_fields(error.errors()))


async def _no_such(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, Refused):
        return answer(error)
    return answer(Refused("REASON_NOT_FOUND", f"there is no such call: see {OPENAPI}"))


async def _failed(_request: Request, error: Exception) -> JSONResponse:
    refused = refused_of(error)
    if refused.reason == "REASON_INTERNAL":
        failed(error)
    return answer(refused)
