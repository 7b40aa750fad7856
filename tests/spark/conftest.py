"""Lakes that tests of single tables begin with."""

from __future__ import annotations

import pytest

from segmentation.adapters.lake import Lake
from segmentation.tables import DUE


@pytest.fixture
def due(spark, lake) -> Lake:
    lake = Lake(spark, lake)
    lake.create(DUE)
    return lake
