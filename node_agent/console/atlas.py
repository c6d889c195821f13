"""Lay the halls of a province out as a schematic map.

Laws: a map tells nothing that the list beside it does not tell; each tile names its hall and its standing in a word, never by colour
alone; lengths are in the units of the drawing, which scales.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from directory.halls import Hall
from node_agent.console.halls import Branch

TILE_WIDTH: Final = 92
TILE_HEIGHT: Final = 26
GAP: Final = 6
HEAD: Final = 30
TILES_ACROSS: Final = 2
BLOCKS_ACROSS: Final = 4
_BLOCK_WIDTH: Final = TILES_ACROSS * TILE_WIDTH + (TILES_ACROSS + 1) * GAP
_MOST_SIGNS: Final = 5
"""Of a name in a tile; the whole name is the tile's title."""
_MOST_OF_HEAD: Final = 11
_ENDINGS: Final = ("政务大厅", "政务服务大厅", "政务服务中心", "人民政府")


@dataclass(frozen=True, slots=True)
class Tile:
    """A hall at its place."""

    hall: str
    name: str
    short: str
    state: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Block:
    """A hall that has halls below it, with those: the head leads to the list of them alone."""

    head: Tile
    tiles: tuple[Tile, ...]
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Atlas:
    """The whole map."""

    blocks: tuple[Block, ...]
    width: int
    height: int


def drawn(branches: Sequence[Branch], states: Mapping[str, str]) -> Atlas:
    """Place the branches, the province's own first, then row by row; columns are filled where they are shortest."""
    depths = [0] * min(BLOCKS_ACROSS, max(1, len(branches)))
    blocks = []
    for branch in branches:
        column = depths.index(min(depths))
        block = _block(branch, states, column * (_BLOCK_WIDTH + GAP * 2), depths[column])
        depths[column] += block.height + GAP * 2
        blocks.append(block)
    return Atlas(tuple(blocks), len(depths) * (_BLOCK_WIDTH + GAP * 2) - GAP * 2, max(depths) - GAP * 2)


def _block(branch: Branch, states: Mapping[str, str], x: int, y: int) -> Block:
    tiles = tuple(
        _tile(hall, states, x + GAP + place % TILES_ACROSS * (TILE_WIDTH + GAP), y + HEAD + place // TILES_ACROSS * (TILE_HEIGHT + GAP))
        for place, hall in enumerate(branch.below)
    )
    rows = -(-len(tiles) // TILES_ACROSS)
    head = _tile(branch.hall, states, x + GAP, y, _MOST_OF_HEAD)
    return Block(head, tiles, x, y, _BLOCK_WIDTH, HEAD + rows * (TILE_HEIGHT + GAP))


def _tile(hall: Hall, states: Mapping[str, str], x: int, y: int, most: int = _MOST_SIGNS) -> Tile:
    return Tile(hall.hall, hall.display_name, short(hall.display_name, most), states.get(hall.hall, ""), x, y)


def short(name: str, most: int) -> str:
    """Return as much of a hall's name as a tile holds."""
    bare = name
    for ending in _ENDINGS:
        bare = bare.removesuffix(ending)
    bare = bare or name
    return bare if len(bare) <= most else f"{bare[: most - 1]}…"
