"""spark-submit jobs/evaluate_segments.py [--once] [--conf conf] [--environment …]: decide who is in which segment, and when that changes."""

import argparse
import sys
from pathlib import Path

from segmentation.issues import UserError
from segmentation.pipelines.deployment import Deployment
from segmentation.pipelines.evaluate_segments import evaluate

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="decide what is there, then end")
    parser.add_argument("--conf", type=Path, default=Path("conf"))
    parser.add_argument("--environment", type=Path, default=Path("conf/environments/local.yaml"))
    given = parser.parse_args()
    try:
        evaluate(Deployment.open(given.conf, given.environment, "evaluate_segments"), once=given.once)
    except UserError as error:
        sys.exit(str(error))
