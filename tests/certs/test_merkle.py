import contextlib
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from certs import merkle
from certs.errors import BadProof
from certs.merkle import Frontier, Growth
from tests.certs import rfc6962
from tests.certs.rfc6962 import LEAVES, REFERENCE_INPUTS, REFERENCE_ROOTS

SIZES = st.integers(0, 130)


def frontier(size: int) -> Frontier:
    return Frontier.empty().extend(LEAVES[:size])


@st.composite
def logs_with_runs(draw: st.DrawFn, start: int = 0) -> tuple[int, list[tuple[int, int]]]:
    size = draw(st.integers(start + 1, start + 130))
    cuts = sorted(draw(st.sets(st.integers(start, size), max_size=12)))
    runs = [run for run in pairwise(cuts) if draw(st.booleans())]
    return size, runs


@st.composite
def tampered(draw: st.DrawFn, proof: list[bytes]) -> list[bytes]:
    """Draw what is not the proof, but close to it."""
    changed = list(proof)
    match draw(st.sampled_from(["change", "add", "drop", "swap", "cut"] if proof else ["add"])):
        case "change":
            at = draw(st.integers(0, len(proof) - 1))
            flipped = bytearray(proof[at])
            flipped[draw(st.integers(0, 31))] ^= 1 << draw(st.integers(0, 7))
            changed[at] = bytes(flipped)
        case "add":
            changed.insert(draw(st.integers(0, len(proof))), draw(st.sampled_from([*proof, bytes(32)])))
        case "drop":
            del changed[draw(st.integers(0, len(proof) - 1))]
        case "swap":
            one, other = draw(st.integers(0, len(proof) - 1)), draw(st.integers(0, len(proof) - 1))
            changed[one], changed[other] = changed[other], changed[one]
        case "cut":
            at = draw(st.integers(0, len(proof) - 1))
            changed[at] = changed[at][:-1]
    assume(changed != proof)
    return changed


@pytest.mark.parametrize("size", range(9))
def test_the_reference_tree_has_its_published_roots(size: int) -> None:
    leaves = merkle.leaf_hashes(REFERENCE_INPUTS[:size])
    assert leaves == [merkle.leaf_hash(data) for data in REFERENCE_INPUTS[:size]]
    assert Frontier.empty().extend(leaves).root() == REFERENCE_ROOTS[size]
    assert Growth(Frontier.empty(), leaves).root() == REFERENCE_ROOTS[size]


PUBLISHED_PATHS = [
    (0, 1, []),
    (0, 8, ["96a296d224f285c6", "5f083f0a1a33ca07", "6b47aaf29ee3c2af"]),
    (5, 8, ["bc1a0643b12e4d2d", "ca854ea128ed050b", "d37ee418976dd957"]),
    (2, 3, ["fac54203e7cc696c"]),
    (1, 5, ["6e340b9cffb37a98", "5f083f0a1a33ca07", "bc1a0643b12e4d2d"]),
]


@pytest.mark.parametrize(("index", "size", "heads"), PUBLISHED_PATHS)
def test_the_reference_tree_has_its_published_inclusion_proofs(index: int, size: int, heads: list[str]) -> None:
    leaves = merkle.leaf_hashes(REFERENCE_INPUTS[:size])
    proof = Growth(Frontier.empty(), leaves).inclusion_proof(index)
    assert [sibling.hex()[:16] for sibling in proof] == heads
    assert merkle.root_from_inclusion(index, size, leaves[index], proof) == REFERENCE_ROOTS[size]


PUBLISHED_CONSISTENCY = [
    (1, 1, []),
    (1, 8, ["96a296d224f285c6", "5f083f0a1a33ca07", "6b47aaf29ee3c2af"]),
    (6, 8, ["0ebc5d3437fbe2db", "ca854ea128ed050b", "d37ee418976dd957"]),
    (2, 5, ["5f083f0a1a33ca07", "bc1a0643b12e4d2d"]),
]


@pytest.mark.parametrize(("first", "second", "heads"), PUBLISHED_CONSISTENCY)
def test_the_reference_tree_has_its_published_consistency_proofs(first: int, second: int, heads: list[str]) -> None:
    growth = Growth(Frontier.empty(), merkle.leaf_hashes(REFERENCE_INPUTS))
    proof = merkle.consistency_proof(first, second, growth.node)
    assert [node.hex()[:16] for node in proof] == heads
    merkle.check_consistency(first, second, REFERENCE_ROOTS[first], REFERENCE_ROOTS[second], proof)


@given(SIZES, SIZES)
def test_growth_equals_the_definition(start: int, more: int) -> None:
    size = start + more
    growth = Growth(frontier(start), LEAVES[start:size])
    assert (growth.start, growth.size) == (start, size)
    assert growth.root() == rfc6962.root(LEAVES[:size])
    assert growth.frontier() == frontier(start).extend(LEAVES[start:size]) == frontier(size)
    assert frontier(size).root() == growth.root()


@given(SIZES, st.integers(1, 130), st.data())
def test_growth_knows_every_size_and_leaf_from_its_start_on(start: int, more: int, data: st.DataObject) -> None:
    growth = Growth(frontier(start), LEAVES[start : start + more])
    size = data.draw(st.integers(start, start + more))
    index = data.draw(st.integers(start, start + more - 1))
    assert growth.root_at(size) == rfc6962.root(LEAVES[:size])
    assert growth.frontier_at(size) == frontier(size)
    assert growth.inclusion_proof(index) == rfc6962.path(index, LEAVES[: growth.size])


@pytest.mark.parametrize("start", [0, 1, 5, 64, 100])
@pytest.mark.parametrize("more", [0, 1, 2, 27, 256])
def test_growth_hashes_each_interior_node_once(monkeypatch: pytest.MonkeyPatch, start: int, more: int) -> None:
    parents, hashed = merkle._parents, list[bytes]()

    def counted(nodes: list[bytes]) -> list[bytes]:
        made = parents(nodes)
        hashed.extend(made)
        return made

    before, size = frontier(start), start + more
    monkeypatch.setattr(merkle, "_parents", counted)
    growth = Growth(before, LEAVES[start:size])
    growth.frontier()
    growth.range_proof([(start, size)] if more else [])
    # A log of n leaves has n - (number of its maximal perfect subtrees) perfect interior nodes.
    assert len(hashed) == len(set(hashed)) == (size - size.bit_count()) - (start - start.bit_count())


def test_growth_does_not_know_what_was_hashed_before_it() -> None:
    growth = Growth(frontier(8), LEAVES[8:11])
    assert growth.node(3, 0) == rfc6962.root(LEAVES[:8])
    for level, index in [(0, 7), (0, 11), (1, 5), (4, 0), (60, 0)]:
        with pytest.raises(KeyError):
            growth.node(level, index)


@given(SIZES)
def test_a_frontier_survives_its_encoding(size: int) -> None:
    assert Frontier.decode(size, frontier(size).encode()) == frontier(size)


@pytest.mark.parametrize(("size", "length"), [(0, 32), (3, 32), (3, 63), (3, 96), (-1, 32)])
def test_bytes_that_are_no_frontier_of_that_size_are_refused(size: int, length: int) -> None:
    with pytest.raises(BadProof):
        Frontier.decode(size, bytes(length))


@given(logs_with_runs())
def test_a_range_proof_gives_root_and_frontier(log: tuple[int, list[tuple[int, int]]]) -> None:
    size, runs = log
    leaves = [leaf for start, end in runs for leaf in LEAVES[start:end]]
    proof = merkle.range_proof(size, runs, rfc6962.node)
    assert merkle.root_from_range(size, runs, leaves, proof) == rfc6962.root(LEAVES[:size])
    assert merkle.frontier_from_range(size, runs, leaves, proof) == frontier(size)


@given(SIZES, st.data())
def test_a_growth_proves_the_runs_within_it(start: int, data: st.DataObject) -> None:
    size, runs = data.draw(logs_with_runs(start))
    proof = Growth(frontier(start), LEAVES[start:size]).range_proof(runs)
    assert proof == merkle.range_proof(size, runs, rfc6962.node)


def test_the_first_gap_of_a_range_proof_is_the_frontier_there() -> None:
    proof = merkle.range_proof(100, [(77, 100)], rfc6962.node)
    assert tuple(proof) == frontier(77).nodes


@given(logs_with_runs(), st.data())
def test_a_range_proof_with_anything_changed_fails(log: tuple[int, list[tuple[int, int]]], data: st.DataObject) -> None:
    size, runs = log
    leaves = [leaf for start, end in runs for leaf in LEAVES[start:end]]
    proof = merkle.range_proof(size, runs, rfc6962.node)
    if data.draw(st.booleans()):
        proof = data.draw(tampered(proof))
    else:
        leaves = data.draw(tampered(leaves))
    with contextlib.suppress(BadProof):
        assert merkle.root_from_range(size, runs, leaves, proof) != rfc6962.root(LEAVES[:size])


@pytest.mark.parametrize("runs", [[(3, 3)], [(4, 3)], [(-1, 2)], [(0, 11)], [(4, 6), (5, 7)], [(4, 6), (1, 2)], [(11, 12)]])
def test_what_are_no_runs_of_the_log_are_refused(runs: list[tuple[int, int]]) -> None:
    leaves = [leaf for start, end in runs for leaf in LEAVES[start:end]]
    with pytest.raises(BadProof, match="is not a run"):
        merkle.range_proof(10, runs, rfc6962.node)
    with pytest.raises(BadProof, match="is not a run"):
        merkle.root_from_range(10, runs, leaves, [])


@given(st.integers(1, 130), st.data())
def test_an_inclusion_proof_is_the_one_of_the_definition(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, rfc6962.node)
    assert proof == rfc6962.path(index, LEAVES[:size])
    assert merkle.root_from_inclusion(index, size, LEAVES[index], proof) == rfc6962.root(LEAVES[:size])


@given(st.integers(1, 130), st.data())
def test_an_inclusion_proof_with_anything_changed_fails(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, proof = LEAVES[index], rfc6962.path(index, LEAVES[:size])
    claimed = index
    match data.draw(st.sampled_from(["proof", "leaf", "index"])):
        case "proof":
            proof = data.draw(tampered(proof))
        case "leaf":
            leaf = LEAVES[data.draw(st.integers(0, 129).filter(lambda other: other != index))]
        case "index":
            claimed = data.draw(st.integers(-2, size + 2).filter(lambda other: other != index))
    with contextlib.suppress(BadProof):
        assert merkle.root_from_inclusion(claimed, size, leaf, proof) != rfc6962.root(LEAVES[:size])


@given(st.integers(1, 130), st.data())
def test_a_consistency_proof_is_the_one_of_the_definition(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    proof = merkle.consistency_proof(first, second, rfc6962.node)
    assert proof == rfc6962.proof(first, LEAVES[:second])
    merkle.check_consistency(first, second, rfc6962.root(LEAVES[:first]), rfc6962.root(LEAVES[:second]), proof)


@given(st.integers(1, 130), st.data())
def test_a_consistency_proof_with_anything_changed_fails(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, second))
    roots = [rfc6962.root(LEAVES[:first]), rfc6962.root(LEAVES[:second])]
    proof = rfc6962.proof(first, LEAVES[:second])
    if data.draw(st.booleans()):
        proof = data.draw(tampered(proof))
    else:
        roots[data.draw(st.integers(0, 1))] = LEAVES[-1]
    with pytest.raises(BadProof):
        merkle.check_consistency(first, second, roots[0], roots[1], proof)


@pytest.mark.parametrize("size", [0, 1, 7])
def test_every_log_extends_the_empty_one_and_only_the_empty_one_has_its_root(size: int) -> None:
    root = rfc6962.root(LEAVES[:size])
    assert merkle.consistency_proof(0, size, rfc6962.node) == []
    merkle.check_consistency(0, size, merkle.EMPTY_ROOT, root, [])
    for roots, proof in [((LEAVES[0], root), []), ((merkle.EMPTY_ROOT, root), [LEAVES[0]])]:
        with pytest.raises(BadProof):
            merkle.check_consistency(0, size, *roots, proof)


def test_a_log_does_not_shrink() -> None:
    with pytest.raises(BadProof):
        merkle.consistency_proof(5, 4, rfc6962.node)
    root = rfc6962.root(LEAVES[:5])
    for first, second in [(5, 4), (-1, 5), (5, 0)]:
        with pytest.raises(BadProof):
            merkle.check_consistency(first, second, root, root, [])
    with pytest.raises(BadProof):
        merkle.check_consistency(0, -1, merkle.EMPTY_ROOT, root, [])


def test_an_empty_log_of_another_root_is_refused() -> None:
    with pytest.raises(BadProof):
        merkle.check_consistency(0, 0, LEAVES[0], LEAVES[0], [])


@pytest.mark.parametrize(("true_size", "claimed_size"), [(4, 8), (8, 4), (4, 5), (5, 4), (16, 3)])
def test_a_proof_of_another_length_than_the_size_asks_for_is_refused(true_size: int, claimed_size: int) -> None:
    root = rfc6962.root(LEAVES[:true_size])
    with pytest.raises(BadProof):
        merkle.root_from_inclusion(1, claimed_size, LEAVES[1], rfc6962.path(1, LEAVES[:true_size]))
    with pytest.raises(BadProof):
        merkle.check_consistency(2, claimed_size, rfc6962.root(LEAVES[:2]), root, rfc6962.proof(2, LEAVES[:true_size]))


def test_the_proof_between_larger_logs_does_not_hold_for_smaller_ones() -> None:
    seven, eight = rfc6962.root(LEAVES[:7]), rfc6962.root(LEAVES[:8])
    proof = rfc6962.proof(7, LEAVES[:8])
    merkle.check_consistency(7, 8, seven, eight, proof)
    with pytest.raises(BadProof):
        merkle.check_consistency(3, 4, seven, eight, proof)  # its first three hashes have the shape of a proof from 3 to 4


def test_a_place_counted_from_the_end_is_refused() -> None:
    with pytest.raises(BadProof):
        merkle.root_from_inclusion(-1, 8, LEAVES[7], rfc6962.path(7, LEAVES[:8]))


def test_bytes_moved_between_neighbours_are_refused() -> None:
    one, other = LEAVES[0][:-1], LEAVES[0][-1:] + LEAVES[1]  # hashed together they give the same parent
    with pytest.raises(BadProof, match="32 bytes"):
        merkle.root_from_range(2, [(0, 2)], [one, other], [])
    with pytest.raises(BadProof, match="32 bytes"):
        merkle.root_from_range(2, [], [], [one, other][:1])
    with pytest.raises(BadProof, match="32 bytes"):
        merkle.root_from_inclusion(0, 2, one, [other])
    with pytest.raises(BadProof, match="32 bytes"):
        merkle.check_consistency(1, 2, one, merkle.node_hash(LEAVES[0], LEAVES[1]), [other])


HASHES = st.lists(st.binary(min_size=30, max_size=33), max_size=70)
NUMBERS = st.integers(-3, 2**64)


@given(NUMBERS, NUMBERS, st.binary(max_size=33), st.binary(max_size=33), HASHES)
def test_foreign_proofs_give_only_our_error(one: int, other: int, left: bytes, right: bytes, hashes: list[bytes]) -> None:
    with contextlib.suppress(BadProof):
        merkle.root_from_inclusion(one, other, left, hashes)
    with contextlib.suppress(BadProof):
        merkle.check_consistency(one, other, left, right, hashes)
    with contextlib.suppress(BadProof):
        merkle.root_from_range(one, [(min(other, one), one)], [left], hashes)
