"""Pin the bytes of range proofs and frontiers: receipts, deliveries and evidence hold the first, databases the second."""

from certs import merkle
from certs.merkle import Frontier, Growth
from tests.certs.rfc6962 import REFERENCE_INPUTS, REFERENCE_ROOTS

LEAVES = merkle.leaf_hashes(REFERENCE_INPUTS)

# Of the reference tree's eight leaves the runs take 2 and 5; what remains are the gaps [0, 2), [3, 5) and [6, 8).
RUNS = [(2, 3), (5, 6)]
RANGE_PROOF = [
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",  # [0, 2)
    "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",  # [3, 4): 3 is odd
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",  # [4, 5)
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",  # [6, 8)
]
FRONTIER_OF_SEVEN = (
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"  # [0, 4)
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"  # [4, 6)
    "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"  # [6, 7)
)


def test_a_range_proof_keeps_its_hashes_and_their_order() -> None:
    proof = [bytes.fromhex(text) for text in RANGE_PROOF]
    assert Growth(Frontier.empty(), LEAVES).range_proof(RUNS) == proof
    assert merkle.root_from_range(8, RUNS, [LEAVES[2], LEAVES[5]], proof) == REFERENCE_ROOTS[8]


def test_a_frontier_keeps_its_bytes() -> None:
    assert Frontier.empty().extend(LEAVES[:7]).encode().hex() == FRONTIER_OF_SEVEN
    assert Frontier.decode(7, bytes.fromhex(FRONTIER_OF_SEVEN)).root() == REFERENCE_ROOTS[7]
