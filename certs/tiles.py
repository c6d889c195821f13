"""Keep a log's hashes in tiles (C2SP tlog-tiles).

Laws: a tile is up to 256 hashes of one tree level that is a multiple of eight; a full tile never changes, a partial one only
grows; a hash enters a higher tile only when all 256 below it are there.

Tile (level, index) holds the nodes (8 * level, 256 * index + i). The nodes between are computed from its hashes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from certs.errors import BadProof
from certs.merkle import HASH_BYTES, Frontier, Growth, Node

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_BYTES = TILE_WIDTH * HASH_BYTES
MAX_LEVEL = 63

_TILES_AT_HAND = 32
"""A reader keeps these: a proof asks for neighbours in one tile many times over."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Up to 256 hashes, concatenated; the first stands for the leaves from index * 256 ** (level + 1) on."""

    level: int
    index: int
    hashes: bytes

    @property
    def width(self) -> int:
        """The number of hashes: 256 in a full tile, fewer in a partial one."""
        return len(self.hashes) // HASH_BYTES


def tile_path(level: int, index: int, width: int) -> str:
    """Return the path of a tile relative to the log's prefix, like `tile/0/x001/067` or `tile/1/000.p/17`.

    Raises ValueError when there can be no such tile.
    """
    if not 0 <= level <= MAX_LEVEL or index < 0 or not 0 < width <= TILE_WIDTH:
        msg = f"no tile has level {level}, index {index} and width {width}"
        raise ValueError(msg)
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join(["tile", str(level), *(f"x{group}" for group in groups[:-1]), groups[-1]])
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def open_tiles(size: int) -> list[tuple[int, int, int]]:
    """Return (level, index, width) of the partial tiles of a log, lowest level first: what `grown_tiles` needs read."""
    found = []
    level = 0
    while size:
        index, width = divmod(size, TILE_WIDTH)
        if width:
            found.append((level, index, width))
        size, level = index, level + 1
    return found


def grown_tiles(before: Iterable[Tile], growth: Growth) -> list[Tile]:
    """Return every tile that a growth changed, full or partial, given the partial tiles before it.

    Raises BadProof when the tiles before do not have the width that the log's size gives.
    """
    at_hand = {(tile.level, tile.index): tile.hashes for tile in before}
    changed = []
    level = 0
    while new := b"".join(growth.completed(TILE_HEIGHT * level)):
        index, width = divmod(growth.start >> TILE_HEIGHT * level, TILE_WIDTH)
        hashes = at_hand.get((level, index), b"")
        if len(hashes) != width * HASH_BYTES:
            msg = f"tile {index} of level {level} should have {width} hashes before it grows"
            raise BadProof(msg)
        hashes += new
        changed += [Tile(level, index + at // TILE_BYTES, hashes[at : at + TILE_BYTES]) for at in range(0, len(hashes), TILE_BYTES)]
        level += 1
    return changed


def node_reader(get_tile: Callable[[int, int], bytes]) -> Node:
    """Return a reader of node hashes over a reader of tiles (level, index), for the proofs of `merkle`.

    Make one for each read of the log: it keeps the tiles it has seen. The node reader raises BadProof when a tile is too
    narrow for the node asked for, which is then not part of the log.
    """
    kept = lru_cache(maxsize=_TILES_AT_HAND)(get_tile)

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, first = divmod(index << height, TILE_WIDTH)
        start = first * HASH_BYTES
        hashes = kept(tile_level, tile_index)[start : start + (HASH_BYTES << height)]
        if len(hashes) != HASH_BYTES << height:
            msg = f"tile {tile_index} of level {tile_level} does not reach node {index} of level {level}"
            raise BadProof(msg)
        leaves = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
        return Frontier.empty().extend(leaves).root()

    return node
