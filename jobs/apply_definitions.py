"""spark-submit jobs/apply_definitions.py [--conf conf] [--environment …] [--reason …]: the YAML tree into `definitions`, where it differs."""

import argparse
import sys
from pathlib import Path

from segmentation.issues import UserError
from segmentation.pipelines.definitions_table import apply_definitions
from segmentation.pipelines.deployment import Deployment

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conf", type=Path, default=Path("conf"))
    parser.add_argument("--environment", type=Path, default=Path("conf/environments/local.yaml"))
    parser.add_argument("--reason", default="")
    given = parser.parse_args()
    try:
        deployment = Deployment.open(given.conf, given.environment, "apply_definitions")
        apply_definitions(deployment.definitions(), deployment.evaluator().commits.last(), reason=given.reason)
    except UserError as error:
        sys.exit(str(error))
