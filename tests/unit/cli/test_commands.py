"""The commands that need no JVM, run as a user runs them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from segmentation.cli.main import app

ROOT = Path(__file__).parents[3]
COMMANDS = (
    "validate", "test", "explain-plan", "reference", "schema", "run", "members", "history", "why", "status", "sql", "reconcile", "forecast",
    "backfill", "snapshot", "erase", "maintain", "demo",
)  # fmt: skip
ENVIRONMENT = ["--environment", str(ROOT / "conf/environments/local.yaml")]


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """A copy of the shop's configuration, to be spoiled."""
    return Path(shutil.copytree(ROOT / "conf", tmp_path / "conf"))


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def on(conf: Path, command: str, *words: str) -> Result:
    return call(command, *words, "--conf", conf, *ENVIRONMENT)


def spoil(conf: Path) -> None:
    """Two mistakes in two files."""
    traits, lifecycle = conf / "traits.yaml", conf / "segments/lifecycle.yaml"
    traits.write_text(traits.read_text() + "\n  broken: {count: ordrs}\n")
    lifecycle.write_text(lifecycle.read_text().replace("rule:", "rull:", 1))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command):
    found = call(command, "--help")
    assert found.exit_code == 0
    assert f"segmentation {command}" in found.stdout


def test_a_right_configuration_is_counted_and_the_next_step_is_named(conf):
    found = on(conf, "validate")
    assert (found.exit_code, found.stderr) == (0, "")
    assert "14 segments, 0 warnings. Next: segmentation test" in found.stdout


def test_mistakes_of_all_files_come_a_line_each_on_standard_error_with_status_1(conf):
    spoil(conf)
    found = on(conf, "validate")
    assert (found.exit_code, found.stdout) == (1, "")
    lines = found.stderr.splitlines()
    assert any("traits.yaml" in line and "Did you mean 'orders'?" in line for line in lines)
    assert any("lifecycle.yaml" in line and "rull" in line for line in lines)
    assert "Traceback" not in found.stderr


def test_a_warning_stands_once_and_fails_only_where_strictness_is_asked_for(conf):
    (conf / "segments/extra.yaml").write_text("segments:\n  extra:\n    name: Extra\n    rule: {did: orders, within: 3 days}\n")
    lenient, strict = on(conf, "validate"), on(conf, "validate", "--strict")
    assert (lenient.exit_code, strict.exit_code) == (0, 1)
    assert len([line for line in lenient.stderr.splitlines() if "extra" in line]) == 1


def test_json_is_one_document_and_nothing_else_also_when_it_fails(conf):
    spoil(conf)
    found = on(conf, "validate", "--json")
    document = json.loads(found.stdout)
    assert (found.exit_code, document["ok"], found.stderr) == (1, False, "")
    assert all(issue["line"] > 0 for issue in document["issues"])


def test_every_finding_has_its_code_and_says_where_it_is_explained(conf):
    spoil(conf)
    lines = on(conf, "validate").stderr.splitlines()
    assert any(line.endswith("[SEG002]") for line in lines)
    assert "SEG001: segmentation reference SEG001, or docs/reference/findings.md#seg001" in lines
    found = json.loads(on(conf, "validate", "--json").stdout)["issues"]
    assert {issue["code"]: issue["anchor"] for issue in found} == {
        f"SEG{number}": f"docs/reference/findings.md#seg{number}" for number in ("001", "002", "014")
    }


def test_fix_mends_what_is_mechanical_shows_it_and_leaves_the_rest_alone(conf):
    before = {file: file.read_text() for file in conf.rglob("*.yaml")}
    spoil(conf)
    (conf / "traits.yaml").write_text(before[conf / "traits.yaml"] + "\n  broken: {count: ordrs}   # new\n")
    found = on(conf, "validate", "--fix")
    assert found.exit_code == 0
    assert "-  broken: {count: ordrs}   # new" in found.stdout
    assert "+  broken: {count: orders}   # new" in found.stdout
    (conf / "traits.yaml").write_text((conf / "traits.yaml").read_text().replace("\n  broken: {count: orders}   # new\n", ""))
    assert {file: file.read_text() for file in conf.rglob("*.yaml")} == before


def test_fix_writes_nothing_where_nothing_is_wrong(conf):
    before = {file: file.stat().st_mtime_ns for file in conf.rglob("*.yaml")}
    assert on(conf, "validate", "--fix").exit_code == 0
    assert {file: file.stat().st_mtime_ns for file in conf.rglob("*.yaml")} == before


def test_inline_tests_pass_and_are_counted(conf):
    found = on(conf, "test", "vip")
    assert found.exit_code == 0
    assert " 0 failed" in found.stdout


def test_a_failing_inline_test_is_shown_as_its_rule_with_values(conf):
    file = conf / "segments/extra.yaml"
    file.write_text(
        "segments:\n  extra:\n    name: Extra\n    rule: {did: orders, within: 3 days, at_least: 2}\n    tests:\n"
        "      - {name: one order, at: 2026-03-01T00:00:00Z, expect: member, facts: []}\n"
    )
    found = on(conf, "test", "extra")
    assert found.exit_code == 1
    assert "extra: one order" in found.stdout
    assert "expected member, found not member" in found.stdout
    assert "= 0" in found.stdout


def test_an_unknown_segment_gets_a_suggestion(conf):
    for command in ("test", "explain-plan"):
        found = on(conf, command, "vipp")
        assert found.exit_code == 1
        assert "Did you mean 'vip'?" in found.stderr


def test_a_configuration_that_is_not_there_is_one_sentence(tmp_path):
    for command in ("test", "explain-plan", "validate"):
        found = on(tmp_path / "nowhere", command)
        assert (found.exit_code, len(found.stderr.splitlines())) == (1, 1)


def test_the_plan_tells_what_segments_share_and_what_each_adds(conf):
    document = json.loads(on(conf, "explain-plan", "--json").stdout)
    by_slug = {plan["segment"]: plan for plan in document["segments"]}
    assert set(by_slug) >= {"vip", "churned"}
    assert all(0 <= plan["adds"] <= plan["reads"] and 0 <= plan["share"] <= 1 for plan in by_slug.values())
    assert all(len(trait["segments"]) > 1 for trait in document["shared"])
    assert "30 days after a fact email_delivered occurs" in by_slug["vip"]["breakpoints"]


def test_a_rule_twice_adds_nothing_the_second_time(conf):
    before = json.loads(on(conf, "explain-plan", "--json").stdout)["segments"]
    churned = next(plan for plan in before if plan["segment"] == "churned")
    (conf / "segments/extra.yaml").write_text(
        "segments:\n  extra: {rule: {did: orders, within: 77 days}}\n  again: {rule: {did: orders, within: 77 days}}\n"
    )
    after = {plan["segment"]: plan for plan in json.loads(on(conf, "explain-plan", "--json").stdout)["segments"]}
    assert (after["extra"]["adds"], after["again"]["adds"], after["extra"]["history"]) == (0, 0, ["orders: 77 days"])
    assert after["churned"]["reads"] == churned["reads"]


def test_schemas_are_written_one_a_kind_and_refuse_unknown_keys(tmp_path):
    found = call("schema", "--write", tmp_path / "schemas")
    assert found.exit_code == 0
    written = {file.stem: json.loads(file.read_text()) for file in (tmp_path / "schemas").iterdir()}
    assert set(written) == {"events", "sources", "tables", "lists", "segments"}
    segment = written["segments"]["$defs"]["SegmentShape"]
    assert "parent" in segment["properties"]
    assert segment["additionalProperties"] is False


def test_every_reference_of_a_schema_leads_somewhere():
    documents = json.loads(call("schema").stdout)
    for document in documents.values():
        for reference in _references(document):
            assert reference.removeprefix("#/$defs/") in document["$defs"]


def _references(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for value in part.values() for found in _references(value)]
    return [found for value in part for found in _references(value)] if isinstance(part, list) else []


def test_an_unknown_option_is_a_mistake_of_usage():
    assert call("validate", "--colour").exit_code == 2


def test_looking_at_a_configuration_imports_no_spark():
    code = "import sys; from segmentation.cli.main import app; app(['validate'], standalone_mode=False); sys.exit('pyspark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True).returncode == 0


def test_the_reference_shows_a_form_in_all_its_kinds_and_a_code():
    last = json.loads(call("reference", "last", "--json").stdout)
    assert set(last) == {"conditions/last.md", "traits/last.md"}
    assert "Two things it asks for exclude each other" in call("reference", "seg103").stdout
    found = call("reference", "didd")
    assert (found.exit_code, found.stderr) == (1, "there is no form 'didd'. Did you mean 'did'?\n")


def test_the_reference_is_written_anew_without_what_is_gone(tmp_path):
    (tmp_path / "conditions").mkdir()
    (tmp_path / "conditions" / "gone.md").write_text("gone")
    assert call("reference", "--write", tmp_path).exit_code == 0
    assert not (tmp_path / "conditions" / "gone.md").exists()
    assert (tmp_path / "conditions" / "did.md").exists()


def test_the_report_of_a_demo_shows_thirty_days_in_a_window_of_80_columns(monkeypatch, capsys):
    from segmentation.cli import report, tables

    wide = Console(width=80)
    monkeypatch.setattr(report, "out", wide)
    monkeypatch.setattr(tables, "out", wide)
    segment = {"segment": "cart_abandoner", "active": 1_246, "outranked": 744, "days": [1_000, *range(1_218, 1_247)]}
    rows = dict.fromkeys(("rows_in", "events", "duplicates", "conflicts", "quarantined"), 0)
    nobody = {"customer": None, "history": [], "quarantine": []}
    report.show_report({"as_of": "2026-03-01 00:00:00", "segments": [segment], "rows": rows, **nobody}, Path("lake"), Path("conf"))
    said = capsys.readouterr().out
    assert "the last 30 days" in said
    assert report.sparkline(segment["days"]) in said
    assert "+246" in said
