"""Whatever text stands in a file, the answer is a project or a list of mistakes, never a stack trace."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmentation.definitions.documents import Project
from segmentation.definitions.load import load_project
from segmentation.definitions.segments import rule_set
from segmentation.definitions.yaml_text import read_yaml
from segmentation.issues import UserError
from segmentation.rules.compile.shares import shares_of
from segmentation.rules.explain.breakpoints import breakpoint_words
from segmentation.rules.facts import Fact
from segmentation.rules.in_force import InForce
from segmentation.rules.interpret import Customer, statuses
from segmentation.rules.normalize import normalize_rules
from tests.unit.definitions.projects import SETTINGS, SHOP, write
from tests.unit.definitions.test_golden_errors import CASES, parts


def words_of(name: str) -> list[str]:
    return (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8").split()


KNOWN = (
    Fact("orders", "table", "o1", 10**15, 10**15, properties={"total": None, "status": "paid", "tags": ()}),
    Fact("customers", "attribute", "c", 10**15, 10**15, properties={"tier": "gold", "points": 3, "interests": ("a", None), "vip": None}),
    Fact("email_opened", "event", "e", 10**15, 10**15, properties={"message_id": "m"}),
)
KEYS = words_of("keys")
SCALARS = words_of("scalars")
keys = st.sampled_from(KEYS)
scalars = st.sampled_from(SCALARS) | st.integers() | st.floats() | st.booleans() | st.none() | st.dates() | st.datetimes() | st.text(max_size=8)
trees = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=25)
LETTERS = ["", "{", "}", "[", "]", ":", "\n", " ", "&a", "*a", "'", '"', "- ", "9", "é", "\x00"]
FILES = ("segments/all.yaml", "traits.yaml", "events/shop.yaml", "tables.yaml", "lists.yaml", "scores.yaml", "sources/mail.yaml")
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def check(folder: Path, files: dict[str, str]) -> None:
    """Nothing but UserError may come out, and every mistake has a place and words; what is let through can be compiled, told and asked."""
    write(folder, {**SHOP, "segments/all.yaml": "", "sources/mail.yaml": "format: json\npath: x\n", **files})
    try:
        project = load_project(folder, SETTINGS)
    except UserError as error:
        assert error.issues
        assert all(issue.where.file and issue.problem and issue.code for issue in error.issues)
    else:
        use(project)


def use(project: Project) -> None:
    for rules in (rule_set(project), normalize_rules(rule_set(project))):
        shares = shares_of(rules, project.vocabulary)
        assert all(breakpoint_words(share.breakpoints, shares.slots) is not None for share in shares.segments)
        customer = Customer("c", KNOWN, (InForce(None, rules, {}, ""),), project.vocabulary)
        assert statuses(customer, 2_000_000_000_000_000).keys() >= project.segments.keys()


@relaxed
@given(rule=trees)
def test_any_tree_as_a_rule(tmp_path: Path, rule: object) -> None:
    check(tmp_path, {"segments/all.yaml": yaml.safe_dump({"segments": {"vip": {"rule": rule}}}, allow_unicode=True)})


@relaxed
@given(name=st.sampled_from(FILES), tree=trees)
def test_any_tree_as_a_file(tmp_path: Path, name: str, tree: object) -> None:
    check(tmp_path, {name: yaml.safe_dump(tree, allow_unicode=True)})


@relaxed
@given(name=st.sampled_from(FILES), section=keys, tree=st.dictionaries(st.sampled_from(["vip", "orders", "a b"]), trees, max_size=3))
def test_any_tree_as_a_section(tmp_path: Path, name: str, section: str, tree: object) -> None:
    check(tmp_path, {name: yaml.safe_dump({section: tree, name.split("/", maxsplit=1)[0].removesuffix(".yaml"): tree}, allow_unicode=True)})


@relaxed
@given(name=st.sampled_from(FILES), text=st.text(max_size=60) | st.text(alphabet="[]{}:,-&*!#|>'\"% \n\tab0", max_size=60))
def test_any_text_as_a_file(tmp_path: Path, name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    check(tmp_path, {name: text})


@pytest.mark.parametrize("seed", range(100))
def test_a_file_with_letters_changed_at_random(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    files = {**SHOP, **{name: text for name, text in parts(rng.choice(CASES)).items() if name != "expected"}}
    name = rng.choice(sorted(files))
    letters = list(files[name])
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(letters) + 1)
        letters[place : place + rng.randint(0, 2)] = rng.choice(LETTERS)
    check(tmp_path, {**files, name: "".join(letters)})


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [*x]",
        "a: &x {b: *x}",
        "<<: &x {<<: *x}",
        "a: " + "[" * 5000,
        "a: " + "{a: " * 300 + "1" + "}" * 300,
        "\n".join("  " * depth + "a:" for depth in range(2000)),
        "- " * 3000 + "a",
        "\n".join(["l0: &l0 [a, a]", *(f"l{n}: &l{n} [*l{n - 1}, *l{n - 1}]" for n in range(1, 40))]),
        "? [a, b]\n: c",
        "? {a: b}\n: c",
        "!!binary aGVsbG8=",
        "!!set {a, b}",
        "!!omap [a: 1]",
        "a: !!int x",
        "a: !!float x",
        "a: !!timestamp x",
        "a: !!null x",
        "a: !!bool x",
        "a: " + "9" * 6000,
        "a: 1." + "9" * 6000 + "e+99999",
        "a: 0001-01-01T00:00:00+14:00",
        "a: 9999-12-31T23:59:59-14:00",
        "a: 1:99:99.5",
        "--- a\n--- b",
        "%YAML 9.9\n--- a",
        "\x00",
        "\ufeffa: 1",
        "<<: 3",
        "<<: [3]",
    ],
    ids=lambda text: text[:24].encode("unicode_escape").decode(),
)
def test_yaml_made_to_hurt(text: str) -> None:
    try:
        read_yaml(text, "a.yaml")
    except UserError as error:
        assert error.issues


WORDS = words_of("words")


@relaxed
@given(words=st.lists(st.sampled_from(WORDS), max_size=14))
def test_any_sql(tmp_path: Path, words: list[str]) -> None:
    check(tmp_path, {"segments/all.yaml": yaml.safe_dump({"segments": {"vip": {"rule": {"sql": " ".join(words)}}}})})


@relaxed
@given(text=st.text(max_size=40))
def test_any_text_as_sql(tmp_path: Path, text: str) -> None:
    check(tmp_path, {"segments/all.yaml": yaml.safe_dump({"segments": {"vip": {"rule": {"sql": text}}}}, allow_unicode=True)})


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000 + "vip" + ")" * 3000,
        "not " * 3000 + "vip",
        "vip and " * 1500 + "vip",
        "points " + "+ 1 " * 3000 + "> 3",
        "-" * 2000 + "1 > points",
        "case " + "when vip then case " * 500 + "end",
        "drop table x",
        "create table x (a int)",
        "vip; vip",
        "set x = 3",
        "points > 9" + "9" * 5000,
        "round(points, 'a') > 3",
        "round(points, 999999) > 3",
        "cast(points as decimal(99,99)) > 3",
        "cast(points as struct<a:int>) > 3",
        "points in (select 1)",
        "interests[0] = 'a'",
        "last_order_at > at - interval '1 2:03:04' day to second",
        "last_order_at > at - interval 1 year 2 months",
        "last_order_at > at - interval points days",
        "last_order_at > at - interval 99999999999999999999 days",
        "birthday > current_date - 99999999999",
        "birthday > date '9999-12-31' + 99999999",
        "date '9000-01-01' + interval 36000 days > birthday",
        "current_date > date '8999-12-31' + 30000",
        "datediff(birthday, current_date) > 99999999999999",
        "tier like 'a\\\\'",
        "tier rlike '('",
        "tier in (null)",
        "substring(tier) = 'a'",
        "concat() = 'a'",
        "if(vip) = 1",
        "greatest(last_order_at, tier) > at",
        "at",
        "at is null",
        "current_date is null",
        "at between at and at",
        "coalesce(at, last_order_at) > at",
        "at in (at)",
    ],
    ids=lambda text: text[:30],
)
def test_sql_made_to_hurt(tmp_path: Path, text: str) -> None:
    check(tmp_path, {"segments/all.yaml": yaml.safe_dump({"segments": {"vip": {"rule": {"sql": text}}}})})
