"""The benchmark adds up what it measured as it says it does."""

import json

import pytest

from node_agent.outbox import EnvelopeWriter
from tests.bench import report
from tests.bench.bare import BareStream
from tests.bench.case_messages import BATCH, drafts
from tests.bench.decisions import Decisions
from tests.bench.halls import Sample
from tests.bench.latency import Latency, Spread, spread
from tests.bench.lists import Lists, Page
from tests.bench.memory import MEBIBYTE, Memory
from tests.bench.parts import ALL, USUAL, Results, with_bare
from tests.bench.throughput import Throughput, cpu_a_message, rate
from tongban.case.v1.case_pb2 import CaseEvent

EIGHT = ("yushu", "dehui", "nongan", "jiutai", "shuangyang", "panshi", "lishu", "gongzhuling")


def ran(per_second: float, messages: int = 1_000) -> Throughput:
    cpu = {"hub": 13.0, "sender": 5.0, "recipient": 9.0}
    return Throughput(messages, 1_000, per_second, per_second, 1_024.0, cpu, 1.0, 8)


def remembered(first_mib: int, mib: int) -> Memory:
    return Memory(1_000_000, 0, 100_000, first_mib * MEBIBYTE, 1_000_000, mib * MEBIBYTE, 60.0)


def results(**latencies: Latency) -> Results:
    measured = Results(latency=dict(latencies), memory=remembered(150, 180))
    measured.bare[BATCH] = BareStream(BATCH, (100_000.0, 500_000.0, 90_000.0))
    measured.throughput |= {"eight": ran(10_000.0), "split": ran(2_000.0)}
    return measured


def test_every_message_is_another_one_of_about_a_kibibyte() -> None:
    envelopes = EnvelopeWriter("jilin.example", "yushu", 1).write(list(drafts("yushu", 0, 4 * BATCH, ("jilin-sheng",))))
    assert len(set(envelopes)) == 4 * BATCH
    assert sum(map(len, envelopes)) / len(envelopes) == pytest.approx(1_024, rel=0.05)


def test_the_messages_of_a_batch_are_of_different_cases_and_a_case_goes_from_its_application_to_its_closing() -> None:
    told = [CaseEvent.FromString(draft.payload) for draft in drafts("yushu", 0, 8 * BATCH, ("jilin-sheng",))]
    assert len({event.case_number for event in told[:BATCH]}) == BATCH
    assert [event.kind for event in told if event.case_number == told[0].case_number] == [3, 8, 9, 10, 9, 10, 18, 19]


def test_a_split_batch_has_one_run_for_each_recipient_and_an_interleaved_one_none() -> None:
    in_runs = [draft.recipients[0] for draft in drafts("jilin-sheng", 0, BATCH, EIGHT)]
    assert in_runs == [hall for hall in EIGHT for _ in range(BATCH // 8)]
    in_turn = [draft.recipients[0] for draft in drafts("jilin-sheng", 0, BATCH, EIGHT, interleaved=True)]
    assert in_turn == list(EIGHT) * (BATCH // 8)


def test_the_rate_is_of_the_middle_of_a_run() -> None:
    slow_ends = [(0.0, 0), (5.0, 100), (6.0, 500), (7.0, 900), (17.0, 1_000)]
    assert rate(slow_ends, 1_000) == 400.0


def test_processor_time_is_shared_among_the_messages_between_two_samples() -> None:
    assert cpu_a_message(Sample(0.0, 100, {"hub": 1.0}), Sample(9.0, 1_100, {"hub": 1.5})) == {"hub": 500.0}


def test_a_spread_is_median_and_99th_percentile() -> None:
    assert spread([float(value) for value in range(1, 100)]) == Spread(50.0, 99.0)


def test_a_share_brings_the_bare_stream_of_the_same_run_along() -> None:
    assert with_bare(["split"]) == [f"bare-{BATCH}", "split"]
    assert with_bare(["memory", "latency"]) == ["latency", "memory"]
    assert with_bare(USUAL) == list(USUAL)
    assert set(USUAL) < set(ALL)


def test_the_last_line_holds_the_keys_of_the_parts_that_ran_and_names_what_was_missed() -> None:
    late = Latency(2_000, 100.0, Spread(5.1, 9.0), Spread(7.0, 12.0), {})
    facts = report.facts(results(latency=late))
    expected = {"stream_share": 0.1, "split_share": 0.02, "p50_ms_at_100": 5.1, "memory_growth_mb": 30.0}
    assert {name: facts[name] for name in expected} == expected
    assert facts["bars_missed"] == ["split_share", "p50_ms_at_100"]
    assert "p50_ms_at_100" not in report.facts(results())


def test_a_run_that_was_cut_short_says_so() -> None:
    measured = Results(bare={BATCH: BareStream(BATCH, (1.0,))}, throughput={"one": ran(1.0, messages=2_000)})
    assert '"complete": false' in json.dumps(report.facts(measured))


def test_of_many_pages_the_worst_counts() -> None:
    pages = [Page("a clerk", "first", 51, 180.0, 120.0, 40_960), Page("a reviewer", "middle", 51, 250.0, 100.0, 20_480)]
    measured = Results(lists={"lists": Lists(1_000, 1.0, pages, {}, Decisions(250_000.0, 19_000.0, 0.3, 0.01))})
    facts = report.facts(measured)
    assert (facts["list_ratio"], facts["decide_cached_per_s"], facts["decide_per_s"]) == (2.5, 250_000.0, 19_000.0)
    assert facts["bars_missed"] == ["decide_per_s", "list_ratio"]
