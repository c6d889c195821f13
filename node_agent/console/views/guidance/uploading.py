"""Take files that people attach: whole with a form, or in pieces from our script; and hand out those of a thread.

Law: a file goes out as a download and as nothing else, under a name of its own kind, to who may see the thread whose message names it.
"""

import hashlib
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, JSONResponse, Response

from directory.guidance.attachments import SNIFFED_BYTES, handed_name
from directory.refusal import Refused
from node_agent.console.pages import message
from node_agent.console.views.guidance import place
from node_agent.console.visit import Visit
from node_agent.guidance import files, queues, uploads
from node_agent.guidance.files import State
from node_agent.guidance.uploads import Given, Upload

_MOST_FORM: Final = 120
_PIECE: Final = 192 * 1024
_MOST_DIGITS: Final = 12
_BYTES: Final = "application/octet-stream"


async def stage(visit: Visit, form: str) -> Refused | None:
    """Take the files that came with a form; return why one was not taken."""
    for file in visit.files:
        taken = await visit.site.keeping.apart(lambda file=file: _given(file))  # type: ignore[misc]
        outcome = await visit.site.keeping.write(lambda connection, file=file, taken=taken: _whole(visit, connection, form, file, taken))  # type: ignore[misc]
        if isinstance(outcome, Refused):
            return outcome
    return None


def _given(file: UploadFile) -> Given:
    digest = hashlib.sha256()
    size = 0
    while piece := file.file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return Given(_name(file.filename or ""), size, digest.hexdigest())


def _name(path: str) -> str:
    """Return the name of a file: some browsers say its folders, too."""
    return path.replace("\\", "/").rpartition("/")[2].strip()


def _whole(visit: Visit, connection: sa.Connection, form: str, file: UploadFile, given: Given) -> Upload | Refused:
    folder = place.folder(visit)
    one = _begun(visit, connection, form, given)
    while isinstance(one, Upload) and not one.is_whole:
        file.file.seek(one.received)
        one = uploads.add(connection, folder, one, one.received, file.file.read(_PIECE))
    return one


async def begin(visit: Visit) -> Response:
    """Begin a file that comes in pieces, or say from where it is to be gone on with."""
    form, size = visit.form.get("form", "")[:_MOST_FORM], visit.form.get("size", "")
    given = Given(_name(visit.form.get("name", "")), int(size) if _is_count(size) else 0, visit.form.get("sha256", ""))
    return _told(await visit.site.keeping.write(lambda connection: _begun(visit, connection, form, given)))


def _begun(visit: Visit, connection: sa.Connection, form: str, given: Given) -> Upload | Refused:
    folder = place.folder(visit)
    if wrong := files.room_fault(folder, given.size, visit.site.agent.config.keep.free_bytes):
        return Refused(wrong)
    return uploads.start(connection, folder, (visit.actor.person, form), given, visit.now)


async def add(visit: Visit) -> Response:
    """Take a piece."""
    ident, folder = str(visit.request.path_params["upload"]), place.folder(visit)
    offset = visit.asked("offset")
    if visit.request.headers.get("content-type", _BYTES) != _BYTES:
        return Response(status_code=415)  # a form, and read as one by now
    piece = await visit.request.body()

    def put(connection: sa.Connection) -> Upload | Refused | None:
        one = uploads.find(connection, visit.actor.person, ident)
        return one and uploads.add(connection, folder, one, int(offset) if _is_count(offset) else -1, piece)

    done = await visit.site.keeping.write(put)
    return Response(status_code=404) if done is None else _told(done)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def _told(one: Upload | Refused) -> Response:
    if isinstance(one, Refused):
        return JSONResponse({"why": one.why}, 422)
    return JSONResponse({"id": one.id, "offset": one.size if one.is_whole else one.received, "whole": one.is_whole})


async def hand_out(visit: Visit) -> Response:
    """Hand a file of a thread out."""
    key, sha256 = place.key_of(visit), str(visit.request.path_params["sha256"])

    def look(connection: sa.Connection) -> tuple[str | None, bool]:
        if place.found(visit, connection, key) is None:
            return None, False
        said = (line.message for line in queues.lines(connection, key) if line.message)
        known = files.known(connection, [sha256]).get(sha256)
        named = next((file.name for one in said for file in one.attachments if file.sha256.hex() == sha256), None)
        return named, known is not None and known.state is State.GONE

    name, is_gone = await visit.site.keeping.read(look)
    path = files.path_of(place.folder(visit), sha256)
    handed = "" if name is None else await visit.site.keeping.apart(lambda: _handed(path, name))
    if not handed:
        return await (message(visit, "file-gone", 410) if is_gone else message(visit, "absent", 404))
    return FileResponse(path, media_type=_BYTES, filename=handed)


def _handed(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            return handed_name(name, file.read(SNIFFED_BYTES))
    except FileNotFoundError:
        return ""
