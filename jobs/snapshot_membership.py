"""spark-submit jobs/snapshot_membership.py [--conf conf] [--environment …]: a snapshot of membership now, whatever the cadence says."""

import argparse
import sys
from pathlib import Path

from segmentation.issues import UserError
from segmentation.pipelines.deployment import Deployment
from segmentation.pipelines.snapshot_membership import take_now

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conf", type=Path, default=Path("conf"))
    parser.add_argument("--environment", type=Path, default=Path("conf/environments/local.yaml"))
    given = parser.parse_args()
    try:
        deployment = Deployment.open(given.conf, given.environment, "snapshot_membership")
        evaluator = deployment.evaluator()
        take_now(evaluator.commits, evaluator.snapshots)
    except UserError as error:
        sys.exit(str(error))
