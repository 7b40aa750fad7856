"""The table events grows with the tracking plan, and never changes a type."""

from __future__ import annotations

import pytest

from segmentation.definitions.documents import EventType, Property
from segmentation.issues import UserError
from segmentation.pipelines.events_table import fields_to_write
from segmentation.rules.types import INTEGER, STRING, Type, decimal


def plan(**types: Type) -> dict[str, EventType]:
    return {"cart_updated": EventType("cart_updated", {name: Property(name, kind) for name, kind in types.items()})}


def test_fields_keep_the_order_of_the_table_and_new_ones_come_last():
    assert fields_to_write({"b": "string", "a": "bigint"}, plan(c=STRING, a=INTEGER, b=STRING)) == {"b": "string", "a": "bigint", "c": "string"}


def test_a_field_that_left_the_plan_stays():
    assert fields_to_write({"a": "bigint", "b": "string"}, plan(b=STRING)) == {"a": "bigint", "b": "string"}


def test_an_object_may_gain_fields():
    wider = Type("object", fields=(("x", STRING), ("y", INTEGER)))
    assert fields_to_write({"o": "struct<x:string>"}, plan(o=wider)) == {"o": "struct<`x`:string,`y`:bigint>"}


def test_every_property_with_another_type_is_named_at_once():
    with pytest.raises(UserError) as refused:
        fields_to_write({"a": "bigint", "b": "decimal(12,2)"}, plan(a=STRING, b=decimal(14, 2)))
    assert [issue.where.path for issue in refused.value.issues] == ["properties.a", "properties.b"]
