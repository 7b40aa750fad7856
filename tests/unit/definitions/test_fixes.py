"""Mending: near names and plainer forms, in place, with comments and layout kept, and never another meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.definitions.fixes import find_fixes, write_fixes
from segmentation.issues import suggest
from tests.unit.definitions.projects import SETTINGS, project, write


def mended(folder: Path, segments: str, **files: str) -> str:
    """The text of the segments afterwards; they are written, too."""
    write(folder, {"segments/all.yaml": segments, **files})
    write_fixes(find_fixes(folder, SETTINGS))
    return (folder / "segments/all.yaml").read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{did: order}", "{did: orders}"),
        ("{did: 'order', withn: 3 days}", "{did: 'orders', within: 3 days}"),
        ("{trait: averge_order_value, abov: 3}", "{trait: average_order_value, above: 3}"),
        ("{did: orders, where: {totl: 3}}", "{did: orders, where: {total: 3}}"),
        ("{did: product_viewed, where: {product.categry: a}}", "{did: product_viewed, where: {product.category: a}}"),
        ("{attribute: teir, is: gold}", "{attribute: tier, is: gold}"),
        (
            "{did: orders, within: 3 days, time_zone: Europe/Pariss, since: start of day}",
            "{did: orders, within: 3 days, time_zone: Europe/Paris, since: start of day}",
        ),
        ("{all: [{did: orders}]}", "{did: orders}"),
        ("{all: [{any: [{did: orders}]}]}", "{did: orders}"),
        ("{not: {not: {did: orders}}}", "{did: orders}"),
        ("{attribute: tier, in: [gold, a, gold,  b]}", "{attribute: tier, in: [gold, a,  b]}"),
        ("{any: [{did: orders}, {did: email_opened}, {did: orders}]}", "{any: [{did: orders}, {did: email_opened}]}"),
    ],
)
def test_a_rule_is_mended(tmp_path: Path, before: str, after: str) -> None:
    text = "segments:\n  a: {rule: RULE}   # why\n"
    assert mended(tmp_path, text.replace("RULE", before)) == text.replace("RULE", after)
    project(tmp_path, text.replace("RULE", after))


BLOCK = """segments:
  a:
    rule:
      all:
        - did: orders
          where:
            status: paid   # kept
    # below
    owner: crm
"""
UNWRAPPED = """segments:
  a:
    rule:
      did: orders
      where:
        status: paid   # kept
    # below
    owner: crm
"""
REPEATED = """segments:
  a:
    rule:
      any:
        # bought
        - did: orders
        - did: email_opened
        - did: orders
    owner: crm
"""


def test_the_only_condition_of_a_block_moves_out_with_its_lines(tmp_path: Path) -> None:
    assert mended(tmp_path, BLOCK) == UNWRAPPED


def test_a_repeated_line_of_a_block_goes(tmp_path: Path) -> None:
    assert mended(tmp_path, REPEATED) == REPEATED.replace("        - did: orders\n    owner", "    owner")


@pytest.mark.parametrize(
    "rule",
    [
        "{did: email_deliv}",  # delivered, or opened: two names are near
        "{did: xyz}",
        "{sql: \"teir = 'gold'\"}",
        "{did: orders, within: 3 months}",
        "\n      all:   # will grow\n        - did: orders",
    ],
)
def test_what_is_not_mechanical_is_left_to_people(tmp_path: Path, rule: str) -> None:
    traits = "traits: {email_delivery: {count: orders}, average_order_value: {average: orders.total}}"
    events = "events: {email_delivered: {properties: {a: string}}, email_deliveries: {properties: {a: string}}}"
    text = f"segments:\n  a:\n    rule: {rule}\n"
    assert mended(tmp_path, text, **{"traits.yaml": traits, "events/shop.yaml": events}) == text


def test_lines_ends_marks_and_other_files_stay_as_they_were(tmp_path: Path) -> None:
    text = "\ufeffsegments:\r\n  a: {rule: {did: order}}\r\n"
    before = (write(tmp_path, {}) / "tables.yaml").read_bytes()
    (tmp_path / "segments").mkdir()
    (tmp_path / "segments" / "all.yaml").write_bytes(text.encode())
    write_fixes(find_fixes(tmp_path, SETTINGS))
    assert (tmp_path / "segments" / "all.yaml").read_bytes().decode() == text.replace("order", "orders")
    assert (tmp_path / "tables.yaml").read_bytes() == before


def test_a_difference_names_the_file_and_the_lines(tmp_path: Path) -> None:
    write(tmp_path, {"segments/all.yaml": "segments:\n  a: {rule: {did: order}}\n"})
    (found,) = find_fixes(tmp_path, SETTINGS)
    assert found.diff().splitlines()[0].endswith("segments/all.yaml")
    assert "+  a: {rule: {did: orders}}" in found.diff()


def test_a_name_between_two_is_suggested_and_not_put_in_place() -> None:
    assert suggest("orders_60d", ["orders_90d", "orders_30d"]).is_only is False
    assert suggest("ordrs", ["orders", "email"]).is_only is True
