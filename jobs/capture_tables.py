"""spark-submit jobs/capture_tables.py [--once] [--conf conf] [--environment …]: what changed in the declared tables and lists into the lake."""

import argparse
import sys
from pathlib import Path

from segmentation.issues import UserError
from segmentation.pipelines.capture_tables import capture, keep_capturing
from segmentation.pipelines.deployment import Deployment

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="capture what has changed, then end")
    parser.add_argument("--conf", type=Path, default=Path("conf"))
    parser.add_argument("--environment", type=Path, default=Path("conf/environments/local.yaml"))
    given = parser.parse_args()
    try:
        deployment = Deployment.open(given.conf, given.environment, "capture_tables")
        (capture if given.once else keep_capturing)(deployment.lake, deployment.project)
    except UserError as error:
        sys.exit(str(error))
