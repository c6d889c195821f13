"""Extend a Merkle log and prove what is in it (RFC 6962).

Laws: hashing is RFC 6962 §2.1 with SHA-256; a proof has one form only, so every surplus, missing or misplaced hash is refused;
each interior node is hashed once; nothing here reads or keeps leaves that were hashed before.

A node is named by (level, index): the perfect subtree over the leaves [index << level, (index + 1) << level).
A run is a half-open interval [start, end) of leaf indices; runs are ascending, disjoint and not empty.

The range proof is ours: every gap before, between and behind the runs is cut, left to right, into the largest aligned perfect
subtrees, whose hashes in order are the proof. Size and runs alone tell which nodes they are.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from certs.errors import BadProof

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a log without leaves (RFC 6962 §2.1)."""

Runs = Sequence[tuple[int, int]]
Node = Callable[[int, int], bytes]
"""Gives the hash of the perfect subtree (level, index)."""

_LEAF_SEED = sha256(b"\x00")
_NODE_SEED = sha256(b"\x01")


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf (RFC 6962 §2.1)."""
    return sha256(b"\x00" + data).digest()


def leaf_hashes(datas: Iterable[bytes]) -> list[bytes]:
    """Hash many leaves (RFC 6962 §2.1)."""
    seeded = _LEAF_SEED.copy  # spares joining the prefix to a kilobyte
    hashes = []
    for data in datas:
        digest = seeded()
        digest.update(data)
        hashes.append(digest.digest())
    return hashes


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours into their parent (RFC 6962 §2.1)."""
    return sha256(b"\x01" + left + right).digest()


def _parents(nodes: Sequence[bytes]) -> list[bytes]:
    """Hash neighbours in pairs; a last one without neighbour is left out."""
    seeded = _NODE_SEED.copy
    pairs = iter(nodes)
    hashes = []
    for left, right in zip(pairs, pairs, strict=False):
        digest = seeded()
        digest.update(left + right)
        hashes.append(digest.digest())
    return hashes


def _fold(nodes: Sequence[bytes]) -> bytes:
    """Return the root above maximal perfect subtrees, given left to right (RFC 6962 §2.1)."""
    if not nodes:
        return EMPTY_ROOT
    root = nodes[-1]
    for left in reversed(nodes[:-1]):
        root = node_hash(left, root)
    return root


@dataclass(frozen=True, slots=True)
class Frontier:
    """What is needed to extend a log: the roots of its maximal perfect subtrees, left to right, one for each set bit of `size`."""

    size: int
    nodes: tuple[bytes, ...]

    @classmethod
    def empty(cls) -> "Frontier":
        """Return the frontier of a log without leaves."""
        return cls(0, ())

    @classmethod
    def decode(cls, size: int, data: bytes) -> "Frontier":
        """Read what `encode` wrote, or raise BadProof when it cannot be the frontier of `size` leaves."""
        if size < 0 or len(data) != HASH_BYTES * size.bit_count():
            msg = f"{len(data)} bytes are not the frontier of a log of {size} leaves"
            raise BadProof(msg)
        return cls(size, tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)))

    def encode(self) -> bytes:
        """Return the hashes, concatenated left to right."""
        return b"".join(self.nodes)

    def root(self) -> bytes:
        """Return the root of the log."""
        return _fold(self.nodes)

    def extend(self, leaves: Sequence[bytes]) -> "Frontier":
        """Return the frontier behind further leaf hashes, keeping one level in memory at a time."""
        return Frontier(self.size + len(leaves), tuple(_extended(self.size, self.nodes, leaves)))


def _extended(size: int, nodes: Sequence[bytes], leaves: Sequence[bytes]) -> list[bytes]:
    """Return the frontier nodes behind further leaves."""
    old = list(nodes)
    kept: list[bytes] = []
    level = list(leaves)
    while level:
        if size & 1:
            level.insert(0, old.pop())
        if len(level) & 1:
            kept.append(level.pop())
        level = _parents(level)
        size >>= 1
    return old + kept[::-1]


def _push(size: int, nodes: list[bytes], level: int, node: bytes) -> int:
    """Append a perfect subtree of 2**level leaves to frontier nodes; return the new size, which `size` must be aligned for."""
    grown = size + (1 << level)
    while size >> level & 1:
        node = node_hash(nodes.pop(), node)
        level += 1
    nodes.append(node)
    return grown


class Growth:
    """The tree over a frontier and further leaf hashes.

    It keeps what the new leaves brought, so it proves any run of them without reading the log.
    """

    def __init__(self, frontier: Frontier, leaves: Sequence[bytes]) -> None:
        """Hash every interior node that the leaves complete, each once."""
        self.start = frontier.size
        self.size = frontier.size + len(leaves)
        self._levels: list[list[bytes]] = []  # from an even index on, so that neighbours stand together
        self._roots: dict[int, bytes] = {}
        old = list(frontier.nodes)
        level = list(leaves)
        position = self.start
        while level or position:
            if position & 1:
                level.insert(0, old.pop())
            self._levels.append(level)
            level = _parents(level)
            position >>= 1

    def node(self, level: int, index: int) -> bytes:
        """Return a node that the leaves completed or the frontier held; KeyError for any other."""
        if level < len(self._levels):
            nodes = self._levels[level]
            at = index - (self.start >> level & ~1)
            if 0 <= at < len(nodes):
                return nodes[at]
        msg = f"node {index} of level {level} is not in the growth from {self.start} to {self.size}"
        raise KeyError(msg)

    def completed(self, level: int) -> list[bytes]:
        """Return the nodes of a level that the leaves completed, the first having index `start >> level`."""
        if level >= len(self._levels):
            return []
        return self._levels[level][self.start >> level & 1 :]

    def frontier(self) -> Frontier:
        """Return the frontier behind all leaves."""
        return self.frontier_at(self.size)

    def frontier_at(self, size: int) -> Frontier:
        """Return the frontier at any size from `start` on."""
        return frontier_at(size, self.node)

    def root(self) -> bytes:
        """Return the root over all leaves."""
        return self.root_at(self.size)

    def root_at(self, size: int) -> bytes:
        """Return the root at any size from `start` on."""
        root = self._roots.get(size)
        if root is None:
            root = self._roots[size] = self.frontier_at(size).root()
        return root

    def range_proof(self, runs: Runs) -> list[bytes]:
        """Prove runs inside [start, size) in the tree over all leaves."""
        return range_proof(self.size, runs, self.node)

    def inclusion_proof(self, index: int) -> list[bytes]:
        """Prove one of the new leaves in the tree over all leaves (RFC 6962 §2.1.1)."""
        return inclusion_proof(index, self.size, self.node)


def _cut(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut [start, end) into the largest aligned perfect subtrees, left to right, as (level, index)."""
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def frontier_at(size: int, node: Node) -> Frontier:
    """Return the frontier of a log at `size` whose nodes can be read."""
    return Frontier(size, tuple(node(level, index) for level, index in _cut(0, size)))


def _gaps(size: int, runs: Runs) -> Iterator[tuple[int, int]]:
    """Yield the gaps before, between and behind the runs, or raise BadProof for what are not runs of a log of that size."""
    position = 0
    for start, end in runs:
        if not position <= start < end <= size:
            msg = f"[{start}, {end}) is not a run behind {position} in a log of {size} leaves"
            raise BadProof(msg)
        yield position, start
        position = end
    yield position, size


def range_proof(size: int, runs: Runs, node: Node) -> list[bytes]:
    """Prove runs of leaves in the tree of `size` (the module's docstring says how).

    Raises BadProof when the runs are not ascending, disjoint, non-empty and within the log.
    """
    return [node(level, index) for start, end in _gaps(size, runs) for level, index in _cut(start, end)]


def frontier_from_range(size: int, runs: Runs, leaves: Sequence[bytes], proof: Sequence[bytes]) -> Frontier:
    """Rebuild the frontier at `size` from the leaf hashes of the runs and their range proof.

    Raises BadProof when the number or the length of the hashes is not exactly what size and runs ask for.
    Nothing is proved until the frontier's root equals a signed one.
    """
    gaps = list(_gaps(size, runs))
    cuts = [list(_cut(start, end)) for start, end in gaps]
    _check_hashes(leaves, sum(end - start for start, end in runs), "leaf hashes")
    _check_hashes(proof, sum(map(len, cuts)), "hashes of a range proof")
    nodes: list[bytes] = []
    hashes = iter(proof)
    at = taken = 0
    for (start, end), cut in zip((*runs, (size, size)), cuts, strict=True):
        for level, _ in cut:
            at = _push(at, nodes, level, next(hashes))
        nodes = _extended(start, nodes, leaves[taken : taken + end - start])
        taken += end - start
        at = end
    return Frontier(size, tuple(nodes))


def root_from_range(size: int, runs: Runs, leaves: Sequence[bytes], proof: Sequence[bytes]) -> bytes:
    """Rebuild the root at `size` from the leaf hashes of the runs and their range proof; raises BadProof as `frontier_from_range`."""
    return frontier_from_range(size, runs, leaves, proof).root()


def _check_hashes(hashes: Sequence[bytes], count: int, what: str) -> None:
    if len(hashes) != count:
        msg = f"{len(hashes)} {what}, where {count} are needed"
        raise BadProof(msg)
    if not set(map(len, hashes)) <= {HASH_BYTES}:
        msg = f"{what} must be {HASH_BYTES} bytes long"
        raise BadProof(msg)


def _subtree(start: int, end: int, node: Node) -> bytes:
    """Return the root over [start, end), where `start` is aligned as a right subtree's is."""
    return _fold([node(level, index) for level, index in _cut(start, end)])


def _split(start: int, end: int) -> int:
    """Return the end of the left subtree: the largest power of two smaller than the number of leaves (RFC 6962 §2.1)."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Prove the leaf at `index` in the tree of `size` (RFC 6962 §2.1.1); raises BadProof when it has no such leaf."""
    if not 0 <= index < size:
        msg = f"a log of {size} leaves has no leaf {index}"
        raise BadProof(msg)
    proof = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            proof.append(_subtree(middle, end, node))
            end = middle
        else:
            proof.append(_subtree(start, middle, node))
            start = middle
    return proof[::-1]


def consistency_proof(first: int, second: int, node: Node) -> list[bytes]:
    """Prove that the tree of `second` extends that of `first` (RFC 6962 §2.1.2); empty when `first` is 0 or `second`.

    Raises BadProof when `first` is larger.
    """
    if not 0 <= first <= second:
        msg = f"a log of {second} leaves does not extend one of {first}"
        raise BadProof(msg)
    if first in {0, second}:
        return []
    proof = []
    start, end = 0, second
    while first != end:
        middle = _split(start, end)
        if first <= middle:
            proof.append(_subtree(middle, end, node))
            end = middle
        else:
            proof.append(_subtree(start, middle, node))
            start = middle
    if start:  # otherwise the verifier knows this subtree: it is the whole first tree
        proof.append(_subtree(start, end, node))
    return proof[::-1]


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162 §2.1.3.2); raises BadProof when it cannot be one."""
    if not 0 <= index < size:
        msg = f"a log of {size} leaves has no leaf {index}"
        raise BadProof(msg)
    _check_hashes([leaf, *proof], 1 + len(proof), "hashes of an inclusion proof")
    node, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            break
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while node and not node & 1:
                node >>= 1
                last >>= 1
        else:
            root = node_hash(root, sibling)
        node >>= 1
        last >>= 1
    else:
        if last == 0:
            return root
    msg = f"{len(proof)} hashes are not an inclusion proof of leaf {index} in a log of {size} leaves"
    raise BadProof(msg)


def check_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `second` extends that of `first` (RFC 9162 §2.1.4.2); raises BadProof when that is not proved."""
    _check_hashes([first_root, second_root, *proof], 2 + len(proof), "hashes of a consistency proof")
    roots: tuple[bytes, bytes] | None = None
    if first in {0, second} and not proof:
        old = first_root if first else EMPTY_ROOT
        roots = (old, old if first == second else second_root)
    elif 0 < first < second:
        roots = _roots_from_consistency(first, second, first_root, proof)
    if second < 0 or roots != (first_root, second_root):
        msg = f"no proof that the log of {second} leaves extends the one of {first}"
        raise BadProof(msg)


def _roots_from_consistency(first: int, second: int, first_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return both roots that a consistency proof leads to, or None when its length is wrong (RFC 9162 §2.1.4.2 steps 2-6)."""
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return None
    node, last = first - 1, second - 1
    while node & 1:
        node >>= 1
        last >>= 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while node and not node & 1:
                node >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        node >>= 1
        last >>= 1
    return (old, new) if last == 0 else None
