"""spark-submit jobs/maintain_tables.py [--conf conf] [--environment …] [--retain-hours 168]: compaction, expiry, vacuum; between batches."""

import argparse
import sys
from pathlib import Path

from segmentation.issues import UserError
from segmentation.pipelines.deployment import Deployment
from segmentation.pipelines.maintain_tables import WEEK_OF_HOURS, maintain

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--retain-hours", type=int, default=WEEK_OF_HOURS, help="keep files that left a table less long ago, for readers")
    parser.add_argument("--conf", type=Path, default=Path("conf"))
    parser.add_argument("--environment", type=Path, default=Path("conf/environments/local.yaml"))
    given = parser.parse_args()
    try:
        maintain(Deployment.open(given.conf, given.environment, "maintain_tables"), given.retain_hours)
    except UserError as error:
        sys.exit(str(error))
