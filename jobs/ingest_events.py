"""spark-submit jobs/ingest_events.py [--once] [--conf conf] [--environment conf/environments/local.yaml]: events of all sources into the lake."""

import argparse
import sys
from pathlib import Path

from segmentation.issues import UserError
from segmentation.pipelines.deployment import Deployment
from segmentation.pipelines.ingest_events import ingest

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="read what is there, then end")
    parser.add_argument("--conf", type=Path, default=Path("conf"))
    parser.add_argument("--environment", type=Path, default=Path("conf/environments/local.yaml"))
    given = parser.parse_args()
    try:
        deployment = Deployment.open(given.conf, given.environment, "ingest_events")
        ingest(deployment.lake, deployment.project, once=given.once)
    except UserError as error:
        sys.exit(str(error))
