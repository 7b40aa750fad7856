"""A configuration folder becomes a project: types, places, defaults, and values exactly as they were written."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from segmentation.definitions.load import load_project
from segmentation.definitions.segments import rule_set, segment_rule
from segmentation.definitions.yaml_text import read_yaml
from segmentation.issues import UserError
from segmentation.rules.model import All, Compare, Constant, InSegment, Lifetime, Sample
from segmentation.rules.types import DATE, INTEGER, STRING, Type, array, decimal
from segmentation.settings import UNITS, Settings
from tests.unit.definitions.projects import SETTINGS, problems, project, write

SOURCE = """
format: csv
options: {header: true, maxFilesPerTrigger: 1}
path: "{data}/*.csv"
time_zone: Europe/London
rows:
  - {to: email_opened, when: "kind = 'o'", customer: who, occurred_at: t, id: [m, t], repeats: each, properties: {message_id: m}}
  - {to: product_viewed, customer: who, occurred_at: t, id: [m], properties: {product.category: c}}
keep: 2 months
"""


def test_events_tables_lists_and_scores_become_one_vocabulary(tmp_path: Path) -> None:
    vocabulary = project(tmp_path).vocabulary
    assert list(vocabulary.facts) == ["product_viewed", "email_delivered", "email_opened", "identified", "orders"]
    assert vocabulary.facts["product_viewed"].properties.at("product.price") == decimal(12, 2)
    assert vocabulary.facts["orders"].properties.at("tags") == array(STRING)
    assert vocabulary.facts["orders"].keep == 3 * 365 * UNITS["day"]
    assert vocabulary.facts["email_opened"].keep is None
    assert vocabulary.attributes["tier"].places == ("identified", "customers")
    assert (vocabulary.attributes["birthday"].type, vocabulary.attributes["points"].type) == (DATE, INTEGER)
    assert vocabulary.facts["identified"].properties.at("tier") == STRING
    assert vocabulary.lists == ("blocked",)
    assert vocabulary.scores == {"churn": decimal(9, 6)}


def test_a_source_maps_its_rows_and_the_shortest_keep_counts(tmp_path: Path) -> None:
    loaded = project(tmp_path, **{"sources/files.yaml": SOURCE, "sources/live.yaml": "format: kafka\noptions: {subscribe: events}"})
    source = loaded.sources["files"]
    assert source.options == {"header": "true", "maxFilesPerTrigger": "1"}
    assert [(row.to, row.when, row.id, row.repeats) for row in source.rows] == [
        ("email_opened", "kind = 'o'", ("m", "t"), "each"),
        ("product_viewed", None, ("m",), "one"),
    ]
    assert (source.time_zone, loaded.sources["live"].time_zone) == ("Europe/London", "UTC")
    assert loaded.vocabulary.facts["email_opened"].keep == 60 * UNITS["day"]
    assert loaded.vocabulary.facts["email_delivered"].keep is None


def test_what_the_settings_keep_counts_where_nothing_else_is_said(tmp_path: Path) -> None:
    conf = write(tmp_path, {"sources/live.yaml": "format: kafka"})
    vocabulary = load_project(conf, Settings(lake="lake", keep="90 days", time_zone="Europe/Berlin")).vocabulary
    assert vocabulary.facts["email_opened"].keep == 90 * UNITS["day"]
    assert vocabulary.facts["orders"].keep == 3 * 365 * UNITS["day"]
    assert vocabulary.default_zone == "Europe/Berlin"


def test_what_is_asked_of_a_property_is_kept_in_its_type(tmp_path: Path) -> None:
    text = """
events:
  bought:
    properties:
      total: {type: "decimal(12,2)", required: true, at_least: 0, below: 1000.50}
      channel: {type: string, in: [web, shop], matches: "^[a-z]+$"}
      on_day: {type: date, at_least: 2020-01-01}
      basket: {type: object, required: true, properties: {size: {type: integer, at_most: 9}}}
      lines: "array<array<integer>>"
"""
    found = project(tmp_path, **{"events/more.yaml": text}).events["bought"].properties
    assert (found["total"].required, found["total"].at_least, found["total"].below) == (True, Decimal(0), Decimal("1000.50"))
    assert (found["channel"].one_of, found["channel"].matches) == (("web", "shop"), "^[a-z]+$")
    assert found["on_day"].at_least == date(2020, 1, 1)
    assert found["basket"].required
    assert found["basket"].properties["size"].at_most == 9
    assert found["lines"].type == array(array(INTEGER))
    assert found["basket"].type == Type("object", fields=(("size", INTEGER),))


def test_traits_and_segments_may_stand_in_folders_and_sub_folders(tmp_path: Path) -> None:
    files = {
        "traits/more.yaml": "traits: {opens: {count: email_opened}}",
        "segments/mail/readers.yml": "segments: {readers: {rule: {trait: opens, above: 3}}}",
        "segments/other.txt": "not: [yaml",
    }
    loaded = project(tmp_path, "segments: {buyers: {rule: {did: orders}}}", **files)
    assert list(loaded.segments) == ["buyers", "readers"]
    assert "opens" in loaded.traits


def test_parent_life_time_and_roll_out_are_part_of_the_whole_rule(tmp_path: Path) -> None:
    text = """
segments:
  child: {parent: base, starts_at: 2026-01-01, expires_at: 2026-02-01T00:00:00Z, rollout: 25 percent, time_zone: Asia/Tokyo, rule: {did: orders}}
  base: {rule: {did: orders}}
  gone: {archived: true, rule: {did: orders}}
"""
    loaded = project(tmp_path, text)
    whole = segment_rule(loaded.segments["child"]).rule
    assert isinstance(whole, All)
    parent, life, sample, rule = whole.children
    assert parent == InSegment("base")
    assert life == Lifetime(1_767_193_200_000_000, 1_769_904_000_000_000)
    assert sample == Sample(16**13 // 4, "child", "25 percent")
    assert rule == loaded.segments["child"].rule
    assert segment_rule(loaded.segments["gone"]).rule == Constant(answer=False)
    assert [each.slug for each in rule_set(loaded).segments] == ["base", "child", "gone"]


def test_segments_stand_in_order_of_declaration_unless_they_depend_on_each_other(tmp_path: Path) -> None:
    text = """
groups: {life: {order: [b, a], default: rest}}
segments:
  z: {rule: {in_segment: rest, status: active}}
  d: {rule: {entered: c, within: 3 days}}
  a: {rule: {did: orders}}
  b: {rule: {did: email_opened}}
  c: {rule: {everyone: true}}
"""
    assert [each.slug for each in rule_set(project(tmp_path, text)).segments] == ["b", "a", "z", "c", "d"]


def test_an_inline_fact_has_values_in_their_declared_types(tmp_path: Path) -> None:
    text = """
segments:
  vip:
    time_zone: Europe/Berlin
    rule: {did: orders}
    tests:
      - name: all kinds
        at: 2026-03-01
        facts:
          - {orders: {order_id: 7, total: 250, tags: [a, null], shipped_at: 2026-02-01},
             occurred_at: 2026-02-20T10:00:00Z, changed_at: 2026-02-21T10:00:00Z}
          - {product_viewed: {product: {category: shoes}}, occurred_at: 2026-02-20 10:00:00}
          - {customers: {birthday: 2000-02-29, tier: null}, changed_at: 2026-02-20T10:00:00Z}
          - {blocked: {removed_at: 2026-02-21T10:00:00Z}, occurred_at: 2026-02-20T10:00:00Z}
          - {churn: {score: 0.5}, occurred_at: 2026-02-20T10:00:00Z}
        expect: member
"""
    (test,) = project(tmp_path, text.replace("order_id: 7", 'order_id: "7"')).segments["vip"].tests
    order, view, row, entry, score = test.facts
    assert test.at == 1_772_319_600_000_000
    assert order.properties["total"] == Decimal(250)
    assert order.properties["tags"] == ("a", None)
    assert order.properties["shipped_at"] == 1_769_900_400_000_000
    assert (order.fact_id, order.changed_at) == ("7", 1_771_668_000_000_000)
    assert view.properties == {"product": {"category": "shoes"}}
    assert view.occurred_at == order.occurred_at - 3_600_000_000
    assert row.properties == {"birthday": date(2000, 2, 29), "tier": None}
    assert [fact.cause for fact in test.facts] == ["table", "event", "attribute", "list", "score"]
    assert row.occurred_at == row.changed_at
    assert score.properties == {"score": Decimal("0.5")}
    assert entry.properties["removed_at"] == 1_771_668_000_000_000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Decimal("0.1")),
        ("100.00", Decimal("100.00")),
        ("1e3", "1e3"),
        ("1.0e+3", Decimal("1.0e+3")),
        ("12345678901234567890.123456789", Decimal("12345678901234567890.123456789")),
        ("1_000", 1000),
        ("no", False),
        ("2026-01-01", date(2026, 1, 1)),
        ("~", None),
        (".nan", ".nan"),
        ("'5'", "5"),
    ],
)
def test_a_scalar_is_read_exactly(text: str, value: object) -> None:
    given = read_yaml(f"a: {text}", "a.yaml").entries["a"]
    assert given.value == value
    assert type(given.value) is type(value)


def test_keys_are_text_as_written_and_anchors_and_merges_work() -> None:
    given = read_yaml("base: &base {on: x, no: y}\nother: {<<: *base, no: z}\n", "a.yaml")
    assert given.plain() == {"base": {"on": "x", "no": "y"}, "other": {"on": "x", "no": "z"}}


def test_places_are_lines_and_columns_from_one_and_paths() -> None:
    given = read_yaml("a:\n  b: [x, {c: y}]\n", "a.yaml")
    place = given.entries["a"].entries["b"].items[1].entries["c"]
    assert str(place.where) == "a.yaml:2:14  a.b[1].c"
    assert str(place.key) == "a.yaml:2:11  a.b[1].c"


def test_numbers_of_a_rule_never_pass_through_a_float(tmp_path: Path) -> None:
    rule = project(tmp_path, "segments: {a: {rule: {trait: average_order_value, above: 0.1000000000000000055511151231257827}}}").segments["a"].rule
    assert isinstance(rule, Compare)
    assert rule.comparison.operand == Decimal("0.1000000000000000055511151231257827")


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no configuration folder"):
        load_project(tmp_path / "nowhere", SETTINGS)


def test_a_file_that_is_not_utf_8_is_said_beside_the_other_mistakes(tmp_path: Path) -> None:
    write(tmp_path, {"segments/all.yaml": "segments: {a: {rule: {did: order}}}"})
    (tmp_path / "segments" / "b.yaml").write_bytes(b"segments: {caf\xe9: 1}")
    with pytest.raises(UserError) as refused:
        load_project(tmp_path, SETTINGS)
    assert [issue.problem[:40] for issue in refused.value.issues] == ["unknown fact 'order'", "this is not UTF-8 text: byte 14 cannot b"]


def test_a_wrong_trait_is_said_once_and_not_again_by_those_who_use_it(tmp_path: Path) -> None:
    segments = {"a": {"trait": "bad", "above": 3}, "b": {"trait": "worse", "above": 3}}
    files = {"traits.yaml": "traits: {bad: {count: order}, worse: {ratio: [bad, bad]}}"}
    assert problems(tmp_path, segments, **files) == ["unknown fact 'order' Did you mean 'orders'?"]


def test_a_thousand_segments_over_two_hundred_traits_are_read_in_seconds(tmp_path: Path) -> None:
    traits = "traits:\n" + "".join(f"  t{n}: {{count: orders, within: {n + 1} days, where: {{total: {{above: {n}}}}}}}\n" for n in range(200))
    rules = (f"{{all: [{{did: orders, within: {n % 90 + 1} days}}, {{trait: t{n % 200}, above: {n}}}]}}" for n in range(1000))
    segments = "segments:\n" + "".join(f"  s{n}: {{rule: {rule}}}\n" for n, rule in enumerate(rules))
    begun = time.monotonic()
    assert len(rule_set(project(tmp_path, segments, **{"traits.yaml": traits})).segments) == 1000
    assert time.monotonic() - begun < 10
