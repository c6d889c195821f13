"""Serve tongban.ledger.v1.LedgerService: proofs from the province's log."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc

from certs.errors import BadProof
from certs.merkle import consistency_proof, inclusion_proof
from hub.errors import Refusal
from hub.evidence import Positions, export
from hub.exchange import ledger, witnesses
from hub.rooms import Rooms
from hub.rpc.door import Doorkeeper, Streaming, Unary, serve
from hub.rpc.streams import OpenCall
from tongban.errors.v1 import errors_pb2
from tongban.ledger.v1 import ledger_pb2

ENTRIES_MOST = 1_000
POSITIONS_MOST = 100


@dataclass(frozen=True, slots=True)
class LedgerService:
    """Checkpoints, proofs, entries and evidence."""

    rooms: Rooms

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Unary | Streaming] = {
            "GetCheckpoint": self.get_checkpoint,
            "GetInclusionProof": self.get_inclusion_proof,
            "GetConsistencyProof": self.get_consistency_proof,
            "ListEntries": self.list_entries,
            "ExportEvidence": self.export_evidence,
        }
        serve(server, ledger_pb2.DESCRIPTOR.services_by_name["LedgerService"], methods, keeper)

    async def get_checkpoint(self, request: ledger_pb2.GetCheckpointRequest, _call: OpenCall) -> ledger_pb2.GetCheckpointResponse:
        """Return the newest checkpoint with as many cosignatures as asked for."""
        return await self.rooms.reading(self._checkpoint, request.cosignatures)

    def _checkpoint(self, cosignatures: int) -> ledger_pb2.GetCheckpointResponse:
        with self.rooms.database.reader.begin() as connection:
            found = witnesses.cosigned(connection, self.rooms.signer, at_least=cosignatures)
        if found is None:
            raise Refusal(errors_pb2.REASON_NOT_FOUND, f"no checkpoint has {cosignatures} cosignatures yet")
        return ledger_pb2.GetCheckpointResponse(checkpoint=found[1])

    async def get_inclusion_proof(
        self,
        request: ledger_pb2.GetInclusionProofRequest,
        _call: OpenCall,
    ) -> ledger_pb2.GetInclusionProofResponse:
        """Prove an entry (RFC 6962 §2.1.1)."""
        return await self.rooms.reading(self._inclusion, request.index, request.size)

    def _inclusion(self, index: int, size: int) -> ledger_pb2.GetInclusionProofResponse:
        with self.rooms.database.reader.begin() as connection:
            self._check_size(ledger.newest_commit(connection)[0], size, "size")
            if index >= size:
                raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"a tree of {size} has no entry {index}", field="index")
            node = ledger.nodes(connection)
            return ledger_pb2.GetInclusionProofResponse(leaf_hash=node(0, index), hashes=inclusion_proof(index, size, node))

    async def get_consistency_proof(
        self,
        request: ledger_pb2.GetConsistencyProofRequest,
        _call: OpenCall,
    ) -> ledger_pb2.GetConsistencyProofResponse:
        """Prove that one tree extends another (RFC 6962 §2.1.2)."""
        return await self.rooms.reading(self._consistency, request.from_size, request.to_size)

    def _consistency(self, first: int, second: int) -> ledger_pb2.GetConsistencyProofResponse:
        with self.rooms.database.reader.begin() as connection:
            self._check_size(ledger.newest_commit(connection)[0], second, "to_size")
            try:
                return ledger_pb2.GetConsistencyProofResponse(hashes=consistency_proof(first, second, ledger.nodes(connection)))
            except BadProof as error:
                raise Refusal(errors_pb2.REASON_FIELD_INVALID, str(error), field="from_size") from error

    def _check_size(self, newest: int, size: int, field: str) -> None:
        if size > newest:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"the ledger has {newest} entries, not {size}", field=field)

    async def list_entries(self, request: ledger_pb2.ListEntriesRequest, _call: OpenCall) -> ledger_pb2.ListEntriesResponse:
        """Return leaf hashes from an index on."""
        return await self.rooms.reading(self._entries, request.first, request.page_size or ENTRIES_MOST)

    def _entries(self, first: int, wanted: int) -> ledger_pb2.ListEntriesResponse:
        with self.rooms.database.reader.begin() as connection:
            size = ledger.newest_commit(connection)[0]
            end = min(size, first + min(wanted, ENTRIES_MOST))
            node = ledger.nodes(connection)
            return ledger_pb2.ListEntriesResponse(leaf_hashes=[node(0, at) for at in range(first, end)], next=end if end < size else 0)

    async def export_evidence(
        self,
        request: ledger_pb2.ExportEvidenceRequest,
        call: OpenCall,
    ) -> AsyncIterator[ledger_pb2.ExportEvidenceResponse]:
        """Return one evidence file for each position; refuses what the caller neither wrote nor received, as if it were not there."""
        if len(request.positions) > POSITIONS_MOST:
            raise Refusal(errors_pb2.REASON_TOO_LARGE, f"at most {POSITIONS_MOST} positions a call", field="positions")
        positions: Positions = [(position.journal, position.index) for position in request.positions]
        for journal, index in positions:
            evidence = await self.rooms.reading(export, self.rooms, call.caller.hall, journal, index)
            yield ledger_pb2.ExportEvidenceResponse(journal=journal, index=index, evidence=evidence)
