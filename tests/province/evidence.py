"""Let halls export evidence of their messages, and judge each file with the real offline verifier.

Laws: a hall asks with its own certificate, as its operator would; what the files prove is said by `tongban-verify`, a process of its
own that is given the files and the province's root, and nothing else.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import grpc

from certs.names import journal_origin
from certs.tls import CertificateFiles, agent_channel_credentials
from node_agent.hall_keys import ROOT, TLS_CHAIN, TLS_KEY
from tests.province.build import PROVINCE_HALL, TRUST_DOMAIN, Province
from tests.province.processes import ProgramFailed, executable
from tongban.ledger.v1.ledger_pb2 import ExportEvidenceRequest, ExportEvidenceResponse

Item = TypeVar("Item")

EXPORT = "/tongban.ledger.v1.LedgerService/ExportEvidence"
POSITIONS_A_CALL = 100
FILES_A_PROCESS = 100
CALL_SECONDS = 60.0
VERIFY_SECONDS = 120.0

# So many of each hall's messages, evenly spread from its first to its last.
SPREAD = """
SELECT hall, epoch, journal_index
  FROM (SELECT hall, epoch, journal_index, ledger_index, count(*) OVER (PARTITION BY hall) AS total,
               row_number() OVER (PARTITION BY hall ORDER BY ledger_index) AS place
          FROM case_events) AS placed
 WHERE place * :wanted / total > (place - 1) * :wanted / total
 ORDER BY hall, ledger_index
"""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a message stands: its author's journal, and the index in it."""

    hall: str
    journal: str
    index: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verifier said of some files: how many are bad, how many carry cosignatures of halls, and the words for bad ones."""

    checked: int
    bad: int
    cosigned: int
    said: str


def spread(province: Province, wanted: int) -> list[Position]:
    """Choose at most `wanted` case events of each hall, from its first to its last."""
    rows = province.models(SPREAD, wanted=wanted)
    return [Position(row.hall, journal_origin(TRUST_DOMAIN, row.hall, row.epoch), row.journal_index) for row in rows]


def export(province: Province, caller: str, positions: Sequence[Position], folder: Path) -> Iterator[Path]:
    """Fetch evidence as this hall, into a file each; raises grpc.RpcError, or ProgramFailed when a file is missing."""
    keys = province.keys(caller)
    files = CertificateFiles(keys / TLS_KEY, keys / TLS_CHAIN, keys / ROOT)
    with grpc.secure_channel(province.exchange, agent_channel_credentials(files), [("grpc.enable_http_proxy", 0)]) as channel:
        # The generated stub is typed for grpc.aio alone.
        ask = channel.unary_stream(EXPORT, ExportEvidenceRequest.SerializeToString, ExportEvidenceResponse.FromString)
        for batch in _batches(positions, POSITIONS_A_CALL):
            wanted = [ExportEvidenceRequest.Position(journal=position.journal, index=position.index) for position in batch]
            missing = {(position.journal, position.index): position for position in batch}
            for found in ask(ExportEvidenceRequest(positions=wanted), timeout=CALL_SECONDS):
                position = missing.pop((found.journal, found.index))
                path = folder / f"{position.hall}-{position.index}-by-{caller}.evidence"
                path.write_bytes(found.evidence)
                yield path
            if missing:
                raise ProgramFailed(f"{caller} got no evidence of {sorted(missing.values())}")


def verify(root: Path, files: Sequence[Path], judged: Callable[[int], None] = lambda _: None, recipient: str = PROVINCE_HALL) -> Verdict:
    """Run the verifier over the files, some at a time; `judged` is told how many.

    A file is good when the verifier calls all of it proved, and that this recipient received the message is part of it.
    """
    good, cosigned, said = 0, 0, []
    for batch in _batches(files, FILES_A_PROCESS):
        command = [executable("tongban-verify"), *map(str, batch), "--root", str(root), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=VERIFY_SECONDS, check=False)
        findings = [json.loads(line) for line in done.stdout.splitlines()]
        fine = [one for one in findings if one.get("verdict") == "proved" and _has_received(one, recipient)]
        named = {one["file"] for one in fine}.intersection(map(str, batch))
        good += len(named) if done.returncode == 0 else 0
        cosigned += sum(bool(one["cosignatures"]) for one in fine)
        if len(named) < len(batch):
            said.append(f"exit code {done.returncode} {done.stderr[-1000:]}{[one for one in findings if one not in fine][:3]}")
        judged(len(batch))
    return Verdict(len(files), len(files) - good, cosigned, "; ".join(said))


def _has_received(finding: Mapping[str, Any], recipient: str) -> bool:
    return any(received["hall"] == recipient and received["counts"] for received in finding["received"])


def _batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]
