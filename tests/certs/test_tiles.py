import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs import merkle, tiles
from certs.errors import BadProof
from certs.merkle import Frontier, Growth
from certs.tiles import Tile
from tests.certs import rfc6962
from tests.certs.rfc6962 import LEAVES


class Shelf:
    """Tiles as a database keeps them: the newest of each place."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], Tile] = {}
        self.frontier = Frontier.empty()
        self.read = 0

    def grow(self, leaves: list[bytes]) -> list[Tile]:
        growth = Growth(self.frontier, leaves)
        open_before = [self.tiles[level, index] for level, index, _ in tiles.open_tiles(self.frontier.size)]
        changed = tiles.grown_tiles(open_before, growth)
        self.tiles.update({(tile.level, tile.index): tile for tile in changed})
        self.frontier = growth.frontier()
        return changed

    def get(self, level: int, index: int) -> bytes:
        self.read += 1
        return self.tiles[level, index].hashes


def shelf_of(*sizes: int) -> Shelf:
    shelf = Shelf()
    for size in sizes:
        shelf.grow(LEAVES[shelf.frontier.size : size])
    return shelf


@given(st.lists(st.integers(0, 1200), max_size=6).map(sorted))
def test_tiles_hold_the_hashes_of_the_definition(sizes: list[int]) -> None:
    shelf = shelf_of(*sizes)
    size = sizes[-1] if sizes else 0
    leaf_level = b"".join(shelf.tiles[0, index].hashes for index in range((size + 255) // 256))
    assert leaf_level == b"".join(LEAVES[:size])
    above = b"".join(rfc6962.root(LEAVES[at : at + 256]) for at in range(0, size // 256 * 256, 256))
    assert (shelf.tiles[1, 0].hashes if above else b"") == above
    assert {(tile.level, tile.index, tile.width) for tile in shelf.tiles.values() if tile.width < 256} == set(tiles.open_tiles(size))


@given(st.integers(1, 1200), st.data())
def test_a_reader_of_tiles_reads_every_node(size: int, data: st.DataObject) -> None:
    node = tiles.node_reader(shelf_of(size).get)
    level = data.draw(st.integers(0, size.bit_length() - 1))
    index = data.draw(st.integers(0, (size >> level) - 1))
    assert node(level, index) == rfc6962.node(level, index)
    assert merkle.frontier_at(size, node).root() == rfc6962.root(LEAVES[:size])


@given(st.integers(2, 1200), st.data())
def test_proofs_made_from_tiles_verify(size: int, data: st.DataObject) -> None:
    node = tiles.node_reader(shelf_of(size // 2, size).get)
    root = rfc6962.root(LEAVES[:size])
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    inclusion = merkle.inclusion_proof(index, size, node)
    assert merkle.root_from_inclusion(index, size, LEAVES[index], inclusion) == root
    merkle.check_consistency(first, size, rfc6962.root(LEAVES[:first]), root, merkle.consistency_proof(first, size, node))
    run = (min(index, first), max(index, first) + 1)
    assert merkle.root_from_range(size, [run], LEAVES[slice(*run)], merkle.range_proof(size, [run], node)) == root


def test_a_reader_fetches_a_tile_once() -> None:
    shelf = shelf_of(1000)
    merkle.inclusion_proof(3, 1000, tiles.node_reader(shelf.get))
    assert shelf.read == len(shelf.tiles) - 2  # two full tiles of leaves are read through their hash one level up


def test_a_node_behind_the_end_of_the_log_is_refused() -> None:
    node = tiles.node_reader(shelf_of(300).get)
    assert node(5, 8) == rfc6962.node(5, 8)
    for level, index in [(0, 300), (3, 37), (7, 2), (8, 1)]:
        with pytest.raises(BadProof):
            node(level, index)


@given(st.integers(0, 700), st.integers(0, 500))
def test_only_changed_tiles_come_back(start: int, more: int) -> None:
    shelf = shelf_of(start)
    before = dict(shelf.tiles)
    changed = shelf.grow(LEAVES[start : start + more])
    assert all(before.get((tile.level, tile.index)) != tile for tile in changed)
    assert all(tile.width == 256 or (tile.level, tile.index, tile.width) in tiles.open_tiles(start + more) for tile in changed)


@pytest.mark.parametrize("hashes", [b"", bytes(32 * 3), bytes(32 * 5), bytes(32 * 4 - 1)])
def test_a_growth_over_another_open_tile_is_refused(hashes: bytes) -> None:
    growth = Growth(Frontier.empty().extend(LEAVES[:4]), LEAVES[4:6])
    with pytest.raises(BadProof):
        tiles.grown_tiles([Tile(0, 0, hashes)], growth)


def test_the_open_tiles_of_seventy_thousand_are_those_of_the_specification() -> None:
    assert tiles.open_tiles(70_000) == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert tiles.open_tiles(256) == [(1, 0, 1)]
    assert tiles.open_tiles(0) == []


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 1_234_067, 256, "tile/0/x001/x234/067"),
        (0, 0, 256, "tile/0/000"),
        (1, 999, 17, "tile/1/999.p/17"),
        (63, 1000, 255, "tile/63/x001/000.p/255"),
    ],
)
def test_a_tile_has_its_path(level: int, index: int, width: int, path: str) -> None:
    assert tiles.tile_path(level, index, width) == path


@pytest.mark.parametrize(("level", "index", "width"), [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_a_tile_that_cannot_be_has_no_path(level: int, index: int, width: int) -> None:
    with pytest.raises(ValueError, match="no tile"):
        tiles.tile_path(level, index, width)
