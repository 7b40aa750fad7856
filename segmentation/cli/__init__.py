"""Words in, tables out: the command line. Heavy imports stand inside functions, so that `validate` and `--help` answer at once."""

from segmentation.cli.main import main

__all__ = ["main"]
