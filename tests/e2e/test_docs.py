"""What the documents say is so: links, files, tests, configuration, reasons, alarms, log lines, commands."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import click
import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

import hub.cli
import hub.config
import node_agent.cli
import node_agent.config
from certs import verify_cli
from node_agent.cli import opening
from node_agent.link.line import REMEDY
from node_agent.sinks.config import SqlSinkConfig, read_sinks
from node_agent.sources import config as sources
from node_agent.sources.config import read_sources
from tests.architecture.house import Module, modules
from tests.e2e.documents import DOCUMENTS, HALL, HUB, OF_A_HALL, anchors, blocks, codes, links, prose, tables
from tests.province.business import MAPPINGS, ROOT
from tongban.errors.v1.errors_pb2 import Reason

PACKAGES = ("", "certs", "directory", "hub", "node_agent", "tests")
COMMANDS = {"tongban-hub": hub.cli.main, "tongban-agent": node_agent.cli.main, "tongban-verify": verify_cli.main}
LEVELS = {"debug", "info", "warning", "error", "exception"}

SOURCE = "`[[source]]`"
AGENT_TABLES: dict[str, type[BaseModel]] = {
    "`agent.toml`": node_agent.config.Config,
    "`[hub]`": node_agent.config.HubSection,
    "`[link]`": node_agent.config.LinkSection,
    "`[keep]`": node_agent.config.KeepSection,
    "`[reconcile]`": node_agent.config.ReconcileSection,
    "`[log]`": node_agent.config.LogSection,
    "`[api]`": node_agent.config.ApiSection,
    "`[console]`": node_agent.config.ConsoleSection,
    "`[source.fields]`": sources.Fields,
    "`[source.fields.NAME]`": sources.Value,
    "`[source.code]`": sources.Code,
    "`[[source.event]]`": sources.EventRule,
    "`[source.otherwise]`": sources.Otherwise,
    "`[source.record]`": sources.RecordMapping,
    "`[source.record.removed]`": sources.Removal,
    "`[[sink]]`": SqlSinkConfig,
}
HUB_TABLES: dict[str, type[BaseModel]] = {
    "`hub.toml`": hub.config.Config,
    "`[listen]`": hub.config.ListenSection,
    "`[limits]`": hub.config.LimitsSection,
    "`[witness]`": hub.config.WitnessSection,
    "`[sharing]`": hub.config.SharingSection,
    "`[attachments]`": hub.config.AttachmentsSection,
}


# ---- links and files


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    local = [link for link in links(document) if "://" not in link]
    assert [link for link in local if not leads_somewhere(document, link)] == []


def leads_somewhere(document: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (document.parent / name).resolve() if name else document
    return target.exists() and (not anchor or anchor in anchors(target))


def test_a_link_that_leads_nowhere_is_seen() -> None:
    assert leads_somewhere(HALL, "hub.md#what-a-reason-means")
    assert not leads_somewhere(HALL, "hub.md#what-nobody-wrote")
    assert not leads_somewhere(HALL, "hubs.md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_file_and_test_that_is_named_exists(document: Path) -> None:
    named = [code for code in codes(prose(document)) if re.fullmatch(r"[\w./]+\.py(::\w+)?", code)]
    assert [code for code in named if not exists(code)] == []


def exists(named: str) -> bool:
    path, _, test = named.partition("::")
    found = [ROOT / package / path for package in PACKAGES if (ROOT / package / path).is_file()]
    return bool(found) and (not test or f"def {test}(" in found[0].read_text("utf-8"))


def test_a_test_that_is_not_there_is_seen() -> None:
    assert exists("tests/e2e/test_docs.py::test_a_test_that_is_not_there_is_seen")
    assert not exists("tests/e2e/test_docs.py::test_nobody_wrote")


def test_the_mapping_explained_is_the_one_of_the_demo() -> None:
    explained = [tomllib.loads(block.text) for page in OF_A_HALL for block in blocks(page) if block.file == ("receipt.toml", False)]
    assert explained == [tomllib.loads((MAPPINGS / "receipt.toml").read_text("utf-8"))]


def test_the_source_of_records_and_the_sink_of_extracts_that_are_explained_hold(tmp_path: Path) -> None:
    said = [block for page in OF_A_HALL for block in blocks(page)]
    shown = [tomllib.loads(block.text) for block in said if block.language == "toml" and block.file is None]
    (source,) = [one for table in shown for one in read_sources(table.get("source", ()), tmp_path)]
    (sink,) = [one for table in shown for one in read_sinks(table.get("sink", ()), tmp_path)]
    assert (source.resource, source.record is not None, sink.records) == ("enterprise-register", True, "records")


# ---- configuration


def documented(document: Path, heading: str) -> dict[str, str]:
    """Return the keys of a reference table with their defaults."""
    found = [table.rows for table in tables(document) if table.heading == heading and list(table.head[:2]) == ["key", "default"]]
    return {key.strip("`"): default for rows in found for key, default, _ in rows}


def keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the keys of a model that are neither tables nor lists of tables of the file."""
    inner = {"source", "sink"} if model is node_agent.config.Config else set()
    return {
        name: field
        for name, field in model.model_fields.items()
        if name not in inner and not (heading_of(field) and model in {node_agent.config.Config, hub.config.Config})
    }


def heading_of(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def agrees(said: str, field: FieldInfo) -> bool:
    """Tell whether a default as it is documented is the model's."""
    if said in {"required", "none"}:
        return field.is_required() if said == "required" else not field.is_required() and field.default is None
    value = tomllib.loads(f"it = {said.strip('`')}")["it"]
    if field.is_required() or value == field.default:
        return not field.is_required()
    typed: Any = Annotated[(field.annotation, *field.metadata, said)]  # at least one word beside the type
    adapter: TypeAdapter[Any] = TypeAdapter(typed)
    return bool(adapter.validate_python(value) == adapter.validate_python(field.default))


def check(said: dict[str, str], fields: dict[str, FieldInfo]) -> None:
    assert sorted(said) == sorted(fields)
    assert {name: said[name] for name, field in fields.items() if not agrees(said[name], field)} == {}


@pytest.mark.parametrize("heading", AGENT_TABLES)
def test_the_reference_of_agent_toml_is_whole(heading: str) -> None:
    check(documented(HALL, heading), keys(AGENT_TABLES[heading]))


@pytest.mark.parametrize("heading", HUB_TABLES)
def test_the_reference_of_hub_toml_is_whole(heading: str) -> None:
    check(documented(HUB, heading), keys(HUB_TABLES[heading]))


@pytest.mark.parametrize(("kind", "model"), [("sql", sources.SqlSourceConfig), ("folder", sources.FolderSourceConfig)])
def test_the_reference_of_a_source_is_whole(kind: str, model: type[BaseModel]) -> None:
    said = documented(HALL, SOURCE) | documented(HALL, f'{SOURCE} with `kind = "{kind}"`')
    assert said.pop("mapping") == "none"  # it is read before the model sees the rest
    check(said, keys(model))


def test_a_section_without_a_table_would_be_seen() -> None:
    for top, named in ((node_agent.config.Config, AGENT_TABLES), (hub.config.Config, HUB_TABLES)):
        sections = {field.annotation for field in top.model_fields.values() if heading_of(field)}
        assert sections <= set(named.values())


# ---- reasons, alarms, log lines, exit codes


def first_cells(document: Path, head: str) -> list[str]:
    """Return what the first column of the tables with this head names."""
    return [code for table in tables(document) if table.head[0] == head for row in table.rows for code in codes(row[0])]


def test_every_reason_is_explained() -> None:
    assert first_cells(HUB, "Reason") == list(Reason.keys())


def calls(module: Module, attribute: str) -> Iterator[tuple[ast.Call, ast.AST]]:
    """Yield the calls of a method of this name, each with the function it stands in."""
    for function in (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == attribute and node.args:
                yield node, function


def pattern(said: ast.expr, function: ast.AST) -> str:
    """Return the expression that an alarm's name fits; a variable is looked up in its function."""
    if isinstance(said, ast.Name):
        given = [node.value for node in ast.walk(function) if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == said.id]
        return pattern(given[0], function) if given else ".+"
    if isinstance(said, ast.JoinedStr):
        return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in said.values)
    return re.escape(str(ast.literal_eval(said)))


def alarms(*found: Module) -> set[str]:
    """Return the expressions that the names of all alarms fit."""
    raised = {pattern(call.args[0], function) for module in found for call, function in calls(module, "alarm") if len(call.args) > 1}
    judged = [call.args[0] for module in found for call, _ in calls(module, "append") if ast.unparse(call.func) == "alarms.append"]
    raised |= {re.escape(ast.literal_eval(row.elts[0])) for row in judged if isinstance(row, ast.Tuple)}
    troubles = {ast.literal_eval(call.args[0]) for module in found for call, _ in calls(module, "troubled")}
    return raised | {f"{stream} {name}" for stream in ("submit", "receive") for name in troubles}


def test_every_alarm_is_explained_and_none_that_there_is_not() -> None:
    said, raised = first_cells(HALL, "alarm"), alarms(*modules("node_agent"))
    assert sorted(name for name in raised if not any(re.fullmatch(name, one) for one in said)) == []
    assert [one for one in said if not any(re.fullmatch(name, one) for name in raised)] == []
    assert sorted(first_cells(HALL, "alarm in the log")) == sorted(REMEDY)


def test_an_alarm_is_seen() -> None:
    text = "def f(a, b):\n    name = f'x {b}'\n    a.alarm(name, 1)\n    a.alarm('z', 1)\n    a.well('w')\n"
    assert alarms(Module("a.py", text)) == {r"x\ .+", "z"}


def events(package: str) -> set[str]:
    """Return every event that a package logs."""
    found = set()
    for module in modules(package):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "_log":
                assert node.func.attr in LEVELS
                found.add(ast.literal_eval(node.args[0]))
    return found


@pytest.mark.parametrize(("document", "package"), [(HUB, "hub"), (HALL, "node_agent")], ids=["hub", "node_agent"])
def test_every_log_line_is_explained(document: Path, package: str) -> None:
    assert sorted(first_cells(document, "event")) == sorted(events(package))


def test_every_exit_code_is_explained() -> None:
    said = {int(row[0]) for table in tables(HALL) if table.head[0] == "code" for row in table.rows}
    assert said == {0} | {value for name, value in vars(opening).items() if name.startswith("EXIT_")}


# ---- commands


def commands(document: Path) -> Iterator[str]:
    """Yield every command of ours that a document names."""
    named = [line for block in blocks(document) if block.language in {"sh", "text"} for line in block.commands]
    for line in (*named, *codes(prose(document))):
        if line.split(" ")[0] in COMMANDS:
            yield line.removesuffix("&").strip()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_command_and_option_that_is_named_exists(document: Path) -> None:
    assert [line for line in commands(document) if not known(line)] == []


def known(line: str) -> bool:
    program, *words = line.split()
    command: click.Command = COMMANDS[program]
    context = click.Context(command)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words.pop(0))
        if found is None:
            return False
        command = found
    # tongban-verify: without a command's name its options are those of the command that had none at first.
    command = command.commands["evidence"] if command is verify_cli.main else command
    options = {spelling for parameter in command.params for spelling in parameter.opts}
    return all(word.partition("=")[0] in options | {"--help"} for word in words if word.startswith("--"))


def test_a_command_that_is_not_there_is_seen() -> None:
    assert known("tongban-hub hall revoke HALL --reason key-stolen")
    assert not known("tongban-hub fsck")
    assert not known("tongban-agent status --jason")
    assert known("tongban-verify --root root.pem FILE")
    assert not known("tongban-verify --recipient X FILE")
    assert known("tongban-verify licence --recipient X FILE")
