"""Nobody's name or code stands in clear in anything that the hub leaves on disk, or says."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
import sqlalchemy as sa

from certs.credential import Holder, verify
from directory.identifiers import citizen_id_check
from directory.licences.identifiers import LicenceId
from directory.licences.vocabulary import ActKind
from hub.db import models_url, open_database
from hub.keys import load_keys
from hub.licences.tables import versions
from tests.hub.copies import Made
from tests.hub.licensing import CASE, CODES, ISSUER, READER, WHY, Asker, IssuingHall, by_holder, case_of, register, told_of
from tests.hub.records_sent import Provider
from tests.hub.test_licences_crashes import Kept, living
from tests.hub.test_records_crashes import until
from tests.province import licensed
from tongban.directory.v1.decisions_pb2 import DecisionRecord
from tongban.licence.v1 import licence_service_pb2 as messages

CODE = "22010219900101777"
CODE += citizen_id_check(CODE)
NAME, SUBJECT = "示例金丝雀甲", "示例金丝雀学科"
"""Synthetic: of nobody."""
CANARIES = (CODE, CODE[:-1], NAME, SUBJECT)
LICENCE = LicenceId(licensed.TEACHER, CODES[ISSUER], "2026001", 1)
BLOCK = 1 << 20
CLOCK_SECONDS = 1.0
"""By how much the clock of a file system may be behind ours, and more."""


def spellings(word: str) -> set[bytes]:
    return {word.encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}


def holding(folder: Path, words: set[bytes], since: float = 0.0) -> list[str]:
    """Return the files below a folder, written since a moment, that hold any of these bytes.

    Older ones cannot, and where many tests share a server they are most of its gigabytes.
    """
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_mtime >= since)
    return [str(path.relative_to(folder)) for path in files if any(word in block for block in blocks(path) for word in words)]


def blocks(path: Path) -> Iterator[bytes]:
    """Read a file in blocks that overlap by more than any word is long."""
    with path.open("rb") as file:
        before = b""
        while block := file.read(BLOCK):
            yield before + block
            before = block[-256:]


def wrongly(asker: Asker) -> list[messages.QueryLicencesRequest]:
    """Put the code where it does not belong."""
    queries = [
        messages.LicenceQuery(licence_id=CODE),
        messages.LicenceQuery(licence_id=str(replace(LICENCE, serial=CODE))[:-1] + "*"),
        by_holder(CODE, "111", CODE),
        by_holder(CODE[:-1], "111"),
        by_holder(CODE, "001"),
        by_holder(CODE, "111", "", [CODE]),
        messages.LicenceQuery(holder=messages.Holder(code_type=CODE, code=NAME)),
    ]
    return [asker.signed(asker.question([query])) for query in queries]


@pytest.mark.slow
async def test_a_name_and_a_code_that_were_issued_and_asked_for_are_nowhere(
    request: pytest.FixtureRequest, tmp_path: Path, made_province: Made
) -> None:
    begun = time.time() - CLOCK_SECONDS
    config = made_province.copy(tmp_path)
    register(config)
    kept, models = Kept(config), open_database(models_url(config.database), durable=False)
    folders = [tmp_path] if made_province.schema is None else [tmp_path, request.getfixturevalue("postgres_server").folder]
    with living(tmp_path, config) as (hub, _):
        issuer, reader = await IssuingHall.at(hub), await Provider.at(hub, READER)
        issuer.reading = load_keys(config.keys).charter.reading or b""
        until(lambda: kept.licence_keys() == 1, "the licence key counts")
        given = {"category": "2", "subject": SUBJECT, "born": "1990-01-01"}
        holder, wrong = Holder(NAME, "111", CODE), replace(LICENCE, serial="2026002")
        whole = issuer.credential(LICENCE, holder, given, valid_to=None)
        bad = issuer.credential(wrong, Holder(NAME, "111", f"{CODE[:-1]}?"), given, valid_to=None)
        await issuer.send(issuer.act(ActKind.ISSUED, LICENCE, credential=whole), issuer.act(ActKind.ISSUED, wrong, credential=bad))
        await reader.submit([told_of(reader.client.identity, case_of(CASE))])
        asker = Asker(reader.client)

        def is_registered() -> bool:
            with models.reader.begin() as connection:
                return connection.scalar(sa.select(versions.c.licence_id)) == str(LICENCE)

        until(is_registered, "the licence is registered")
        answer = await asker.ask(by_holder(CODE, "111"))
        while not answer.answers[0].licences:  # the case is known a moment later
            answer = await asker.ask(by_holder(CODE, "111"))
        (found,) = answer.answers[0].licences
        verifier = issuer.signer.verifier
        assert verify(found.presentation, lambda _: verifier, asker.clock()).disclosed["holder.code"] == CODE
        said = [await refused(asker, one) for one in wrongly(asker)]
        assert not [text for text in said if any(word in text for word in CANARIES)]
        window = messages.ListAccessesRequest(
            holder=messages.Holder(code_type="111", code=CODE), asked_by=replace(asker, role="clerk").said, purpose=WHY
        )
        await asker.stub.ListAccesses(window)
        until(lambda: len(kept.said(DecisionRecord)) >= 2, "both are written down")
        while_running = [holding(folder, {one for word in CANARIES for one in spellings(word)}, begun) for folder in folders]
        for client in (issuer.sender.client, reader.client):
            await client.close()
    assert while_running == [[] for _ in folders]
    assert [holding(folder, {one for word in CANARIES for one in spellings(word)}, begun) for folder in folders] == [[] for _ in folders]
    assert holding(folders[-1], {str(LICENCE).encode()}, begun)  # what may be seen is found, so the looking is good
    kept.close()
    models.dispose()


async def refused(asker: Asker, request: messages.QueryLicencesRequest) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await asker.send(request)
    return f"{caught.value.details()} {caught.value.trailing_metadata()}"
