"""Say what was measured: tables for people, one line of JSON for machines.

Laws: a figure stands beside what it was measured on and beside its bar; what was left out, cut short or scaled down is said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from tests.bench.case_messages import BATCH
from tests.bench.decisions import CACHED_BAR, UNCACHED_BAR
from tests.bench.folding import FOLD_BAR, SWEEP_BAR, Folding
from tests.bench.halls import POSTGRESQL
from tests.bench.lag import LAG_BAR
from tests.bench.latency import RATE
from tests.bench.licence_questions import ALARM
from tests.bench.licences import Licences
from tests.bench.lists import Lists
from tests.bench.memory import MEBIBYTE
from tests.bench.parts import CONSOLE, LATENCY, LICENCES, LISTS, MEMORY, RESOURCES, Results
from tests.bench.resources import Resources
from tests.bench.throughput import Throughput

SIGNING = f"one Ed25519 checkpoint a batch of at most {BATCH}; receipts, deliveries and acknowledgements under signed checkpoints"
GOAL = 0.10
LIST_RATIO_BAR = 2.0
LICENCE_RATIO_BAR = 3.0
STOCK_GROWTH_BAR = 20.0
"""MiB by which the program that loads a stock may grow from a tenth of it to its end."""
PAGE_BAR, SESSION_BAR = 250.0, 100.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure and what it must reach."""

    name: str
    value: float
    limit: float
    at_least: bool
    text: str

    @property
    def met(self) -> bool:
        """Tell whether it is reached."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def bars(results: Results) -> Iterator[Bar]:
    """Yield the bars of the parts that ran."""
    if "eight" in results.throughput:
        share = results.share("eight")
        yield Bar("stream_share", share, 0.06, at_least=True, text=f"eight halls {share:.1%} of the bare stream, bar 6 %, goal {GOAL:.0%}")
    if "split" in results.throughput:
        share = results.share("split")
        yield Bar("split_share", share, 0.025, at_least=True, text=f"split over eight {share:.1%} of the bare stream, bar 2.5 %")
    if LATENCY in results.latency:
        p50 = results.latency[LATENCY].receipt.p50
        yield Bar("p50_ms_at_100", p50, 5.0, at_least=False, text=f"p50 to the receipt {p50:.1f} ms, bar 5 ms")
    if LISTS in results.lists:
        yield from _lists_bars(results.lists[LISTS])
    if results.folding is not None:
        yield from _folding_bars(results.folding)
    if results.licences is not None:
        yield from _licences_bars(results.licences)
    if results.console is not None:
        late, size = results.console.page_p95_ms, results.console.session_kb
        yield Bar(
            "console_p95_ms", late, PAGE_BAR, at_least=False, text=f"a message is on its page within {late:.0f} ms (p95), bar {PAGE_BAR:g}"
        )
        yield Bar("console_session_kb", size, SESSION_BAR, at_least=False, text=f"{size:.0f} KiB a session, bar {SESSION_BAR:g}")
    if results.lag is not None:
        behind = results.lag.p99_s
        rates = f"{results.lag.asked_per_s:,.0f} messages/s asked for, {results.lag.accepted_per_s:,.0f} taken in"
        text = f"read model behind by {behind:.2f} s (p99) at 60 % of the peak of intake ({rates}), bar {LAG_BAR:g} s"
        yield Bar("read_model_lag_p99_s", behind, LAG_BAR, at_least=False, text=text)
    if results.memory is not None:
        growth = results.memory.growth_mb
        yield Bar("memory_growth_mb", growth, 50.0, at_least=False, text=f"the hub's memory grew by {growth:.0f} MiB, bar 50 MiB")


def _lists_bars(one: Lists) -> Iterator[Bar]:
    cached, uncached = one.decisions.decide_cached_per_s, one.decisions.decide_per_s
    yield Bar("decide_cached_per_s", cached, CACHED_BAR, at_least=True, text=f"{cached:,.0f} cached decisions/s, bar {CACHED_BAR:,}")
    yield Bar("decide_per_s", uncached, UNCACHED_BAR, at_least=True, text=f"{uncached:,.0f} uncached decisions/s, bar {UNCACHED_BAR:,}")
    yield Bar(
        "list_ratio", one.ratio, LIST_RATIO_BAR, at_least=False, text=f"worst page {one.ratio:.1f} x its bare SQL, bar {LIST_RATIO_BAR:g}"
    )


def _licences_bars(one: Licences) -> Iterator[Bar]:
    text = f"a question about a licence {one.ratio:.1f} x a bare read, both 64 in flight, bar {LICENCE_RATIO_BAR:g}"
    yield Bar("licence_query_ratio", one.ratio, LICENCE_RATIO_BAR, at_least=False, text=text)
    growth = (one.load_bytes - one.load_first_bytes) / MEBIBYTE
    text = f"loading a stock grew by {growth:.0f} MiB from a tenth of it on, bar {STOCK_GROWTH_BAR:g}"
    yield Bar("stock_growth_mb", growth, STOCK_GROWTH_BAR, at_least=False, text=text)


def _folding_bars(one: Folding) -> Iterator[Bar]:
    rate = one.fold_per_s
    yield Bar("fold_per_s", rate, FOLD_BAR, at_least=True, text=f"{rate:,.0f} events folded/s, bar {FOLD_BAR:,}")
    text = f"a sweep among {one.cases:,} cases takes {one.ratio:.2f} x the steps of one among a hundredth, bar {SWEEP_BAR:g}"
    yield Bar("sweep_ratio", one.ratio, SWEEP_BAR, at_least=False, text=text)


def facts(results: Results) -> dict[str, object]:
    """Return the last line: the bars' figures first, then the raw ones."""
    out: dict[str, object] = {bar.name: round(bar.value, 4) for bar in bars(results)}
    out["bars_missed"] = [bar.name for bar in bars(results) if not bar.met]
    out["bare_per_second"] = {str(length): round(stream.per_second) for length, stream in results.bare.items()}
    out["throughput"] = {
        part: {
            "per_second": round(one.per_second),
            "intake_per_second": round(one.intake_per_second),
            "share": round(results.share(part), 4),
            "whole_per_second": round(one.acknowledged / one.whole_seconds),
            "messages": one.acknowledged,
            "complete": one.complete,
            "cpu_us": {role: round(micros, 1) for role, micros in one.cpu.items()},
        }
        for part, one in results.throughput.items()
    }
    out["latency_ms"] = {
        part: {
            "receipt": {"p50": round(one.receipt.p50, 2), "p99": round(one.receipt.p99, 2)},
            "recipient": {"p50": round(one.recipient.p50, 2), "p99": round(one.recipient.p99, 2)},
        }
        for part, one in results.latency.items()
    }
    if results.lag is not None:
        out["lag"] = {name: round(value, 2) for name, value in asdict(results.lag).items()}
    out["lists"] = {part: _lists_facts(one) for part, one in results.lists.items()}
    if results.resources is not None:
        out["resources"] = _resources_facts(results.resources)
    if results.licences is not None:
        out["licences"] = _licences_facts(results.licences)
    if results.console is not None:
        out["console"] = {name: round(value, 1) for name, value in asdict(results.console).items()}
    if results.memory is not None:
        one = results.memory
        out["memory_mb"] = {str(one.first_messages): round(one.first_bytes / MEBIBYTE), str(one.messages): round(one.bytes / MEBIBYTE)}
    if results.left_out:
        out["left_out"] = results.left_out
    out["seconds"] = {part: round(seconds, 1) for part, seconds in results.seconds.items()}
    return {name: value for name, value in out.items() if value != {}}


def _lists_facts(one: Lists) -> dict[str, object]:
    return {
        "cases": one.cases,
        "list_ratio": round(one.ratio, 2),
        "pages_us": {f"{page.asker}, {page.place}": [round(page.micros), round(page.bare_micros)] for page in one.pages},
        "peak_kib": round(max(page.peak_bytes for page in one.pages) / 1024),
        "calls_ms": {asker: {"p50": round(call.p50, 2), "p99": round(call.p99, 2)} for asker, call in one.calls.items()},
    }


def _resources_facts(one: Resources) -> dict[str, object]:
    return {
        "resources": one.resources,
        "import_seconds": round(one.import_seconds, 1),
        "start_seconds": round(one.start_seconds, 1),
        "hub_mb": round(one.hub_bytes / MEBIBYTE),
        "pages_ms": {hall: {"first_p50": round(first.p50, 2), "last_p50": round(last.p50, 2)} for hall, (first, last) in one.pages.items()},
    }


def _licences_facts(one: Licences) -> dict[str, object]:
    return {
        "licences": one.licences,
        "load_per_s": round(one.load_per_s),
        "issue_per_s": round(one.issue_per_s),
        "sent_per_s": round(one.sent_per_s),
        "fold_per_s": round(one.fold_per_s),
        "load_mb": [round(size / MEBIBYTE) for size in (one.load_first_bytes, one.load_bytes)],
        "query": {"p50_ms": round(one.query.call.p50, 2), "p99_ms": round(one.query.call.p99, 2), "per_s": round(one.query.per_second)},
        "bare": {"p50_ms": round(one.bare.call.p50, 2), "p99_ms": round(one.bare.call.p99, 2), "per_s": round(one.bare.per_second)},
        "timing": {
            "absent_ms": round(one.timing.absent_p50, 2),
            "forbidden_ms": round(one.timing.forbidden_p50, 2),
            "p": round(one.timing.p, 4),
        },
    }


def show(console: Console, results: Results, machine: str) -> None:
    """Print what was measured."""
    console.print(f"\n[bold]Tongban benchmark[/bold]: {machine}")
    console.print(f"Signing: {SIGNING}.")
    _show_bare(console, results)
    _show_throughput(console, results)
    _show_latency(console, results)
    _show_lists(console, results)
    _show_resources(console, results)
    _show_licences(console, results)
    _show_console(console, results)
    _show_memory(console, results)
    for part, why in results.left_out.items():
        console.print(f"[yellow]{part} was left out: {why}[/yellow]")
    for bar in bars(results):
        console.print(f"[green]met[/green]    {bar.text}" if bar.met else f"[red]missed[/red] {bar.text}")


def _show_bare(console: Console, results: Results) -> None:
    if not results.bare:
        return
    console.print("\n[bold]Bare grpc.aio stream[/bold]: mTLS, 1 KiB messages, one stream, two processes; nothing signed, nothing stored")
    table = Table()
    for column in ("messages a frame", "messages/s (median)", "runs"):
        table.add_column(column, justify="right")
    for length, stream in results.bare.items():
        table.add_row(str(length), f"{stream.per_second:,.0f}", ", ".join(f"{rate:,.0f}" for rate in stream.runs))
    console.print(table)


def _show_throughput(console: Console, results: Results) -> None:
    if not results.throughput:
        return
    console.print("\n[bold]Submit → accept → deliver → acknowledge[/bold]: durable at both ends; read model, witnesses, sealing on")
    table = Table()
    for column in (
        "part",
        "messages",
        "messages/s",
        "of bare",
        "taken in/s",
        "hub µs",
        "models µs",
        "senders µs",
        "recipients µs",
        "PostgreSQL µs",
        "whole/s",
    ):
        table.add_column(column, justify="left" if column == "part" else "right")
    for part, one in results.throughput.items():
        count = f"{one.acknowledged:,}" if one.complete else f"{one.acknowledged:,} of {one.messages:,}"
        share = f"{results.share(part):.1%}"
        whole = one.acknowledged / one.whole_seconds
        table.add_row(part, count, f"{one.per_second:,.0f}", share, f"{one.intake_per_second:,.0f}", *_micros(one.cpu), f"{whole:,.0f}")
    console.print(table)
    console.print(
        "messages/s: from a tenth to nine tenths acknowledged; taken in/s: the same of what came into the ledger, which may run ahead."
    )
    console.print("whole/s: from the hub's opening until the read model, which follows,")
    console.print(f"has caught up. µs: processor time a message, over the whole. {_envelopes(results.throughput)}")


def _envelopes(measured: Mapping[str, Throughput]) -> str:
    one = next(iter(measured.values()))
    cosignatures = sum(throughput.cosignatures for throughput in measured.values())
    return f"Envelopes of {one.envelope_bytes:,.0f} bytes, all distinct; {cosignatures} cosignatures were given meanwhile."


def _micros(cpu: Mapping[str, float]) -> list[str]:
    return [f"{cpu[role]:,.1f}" if role in cpu else "" for role in ("hub", "models", "sender", "recipient", POSTGRESQL)]


def _show_latency(console: Console, results: Results) -> None:
    for part, one in results.latency.items():
        rate = f"{one.rate:.0f} a second (asked: {RATE:g})"
        console.print(f"\n[bold]{part}[/bold]: {one.messages:,} messages, one at a time, {rate}, in milliseconds")
        table = Table()
        for column in ("from the outbox, durable, to", "p50", "p99"):
            table.add_column(column, justify="left" if column.startswith("from") else "right")
        table.add_row("the receipt, checked", f"{one.receipt.p50:.1f}", f"{one.receipt.p99:.1f}")
        table.add_row("the recipient's acknowledgement at the hub", f"{one.recipient.p50:.1f}", f"{one.recipient.p99:.1f}")
        console.print(table)
        micros = ", ".join(f"{role} {value:,.0f}" for role, value in one.cpu.items())
        console.print(f"Signing: one checkpoint a message here. µs a message: {micros}.")


def _show_lists(console: Console, results: Results) -> None:
    for part, one in results.lists.items():
        console.print(f"\n[bold]{part}[/bold]: pages of 50 out of {one.cases:,} cases, medians; filled in {one.fill_seconds:.0f} s")
        table = Table()
        for column in ("asked by", "page", "rows", "µs", "bare SQL µs", "ratio", "peak KiB"):
            table.add_column(column, justify="left" if column in {"asked by", "page"} else "right")
        for page in one.pages:
            figures = (
                f"{page.rows}",
                f"{page.micros:,.0f}",
                f"{page.bare_micros:,.0f}",
                f"{page.ratio:.1f}",
                f"{page.peak_bytes / 1024:,.0f}",
            )
            table.add_row(page.asker, page.place, *figures)
        console.print(table)
        for asker, call in one.calls.items():
            console.print(f"Whole call, its decision durable in the ledger, {asker}: p50 {call.p50:.1f} ms, p99 {call.p99:.1f} ms.")


def _show_resources(console: Console, results: Results) -> None:
    one = results.resources
    if one is None:
        return
    took = f"imported in {one.import_seconds:.1f} s, the hub started with them in {one.start_seconds:.1f} s"
    console.print(f"\n[bold]{RESOURCES}[/bold]: {one.resources:,} in the catalogue, {took} and has {one.hub_bytes / MEBIBYTE:,.0f} MiB")
    for hall, (first, last) in one.pages.items():
        console.print(
            f"Pages of 50 for {hall}: the first tenth p50 {first.p50:.1f} ms, the last p50 {last.p50:.1f} ms, p99 {last.p99:.1f} ms."
        )


def _show_licences(console: Console, results: Results) -> None:
    one = results.licences
    if one is None:
        return
    rates = f"loaded {one.load_per_s:,.0f}/s, issued one by one {one.issue_per_s:,.0f}/s, sent and taken in {one.sent_per_s:,.0f}/s"
    console.print(f"\n[bold]{LICENCES}[/bold]: {one.licences:,}; {rates}, folded again {one.fold_per_s:,.0f}/s")
    for name, asked in (("questions, written down before they are answered", one.query), ("bare reads of the same rows", one.bare)):
        console.print(f"{name}: {asked.per_second:,.0f}/s, p50 {asked.call.p50:.1f} ms, p99 {asked.call.p99:.1f} ms")
    told = f"Told nothing: absent p50 {one.timing.absent_p50:.2f} ms, forbidden p50 {one.timing.forbidden_p50:.2f} ms"
    alarm = "[yellow]ALARM: they can be told apart[/yellow]" if one.timing.p < ALARM else "not to be told apart"
    console.print(f"{told}, Mann-Whitney p {one.timing.p:.3f}: {alarm}.")


def _show_console(console: Console, results: Results) -> None:
    one = results.console
    if one is None:
        return
    console.print(f"\n[bold]{CONSOLE}[/bold]: {one.staff} people with a page open, {one.messages} messages of another hall")
    console.print(f"Taken in, to its page: p50 {one.page_p50_ms:.0f} ms, p95 {one.page_p95_ms:.0f} ms.")
    console.print(f"Said there, to its page here: p95 {one.whole_p95_ms:.0f} ms.")
    console.print(f"{one.session_kb:.0f} KiB of the agent's memory a session.")


def _show_memory(console: Console, results: Results) -> None:
    one = results.memory
    if one is None:
        return
    console.print(f"\n[bold]{MEMORY}[/bold]: resident memory of the hub, at rest, eight halls at full speed ({one.seconds:.0f} s)")
    table = Table()
    for column in ("messages", "MiB"):
        table.add_column(column, justify="right")
    table.add_row("0", f"{one.empty_bytes / MEBIBYTE:,.0f}")
    table.add_row(f"{one.first_messages:,}", f"{one.first_bytes / MEBIBYTE:,.0f}")
    table.add_row(f"{one.messages:,}", f"{one.bytes / MEBIBYTE:,.0f}")
    console.print(table)
    if not one.complete:
        console.print(f"[yellow]Cut short by time: {one.messages:,} of {one.asked:,} messages.[/yellow]")
