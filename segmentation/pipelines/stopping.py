"""Jobs that end between two batches: at SIGTERM or Ctrl-C the current batch is finished first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame
from pyspark.sql.streaming.query import StreamingQuery

from segmentation.adapters.delta_errors import translated
from segmentation.adapters.shutdown import before_the_jvm_ends

POLL_SECONDS = 0.05
BatchFunction = Callable[[DataFrame, int], None]


class StoppedError(Exception):
    """Raised in place of a batch that would begin after the order to stop: Spark plans it again at the next start."""


class Stopping:
    """One for all queries of a process. An error of a batch is kept, so that it is raised as it was and not as a stream's text."""

    def __init__(self) -> None:
        self._is_ordered = threading.Event()
        self._between_batches = threading.Lock()
        self.error: BaseException | None = None
        self.is_told = False
        """Somebody gave the order; queries that merely came to their end did not."""

    def order(self) -> None:
        self.is_told = True
        self._is_ordered.set()

    def wait(self, seconds: float) -> bool:
        """Sleep; True at once when the order to stop comes."""
        return self._is_ordered.wait(seconds)

    def guarded(self, batch: BatchFunction) -> BatchFunction:
        """`batch` for foreachBatch."""

        def run(micro_batch: DataFrame, micro_batch_id: int) -> None:
            with self._between_batches:
                if self._is_ordered.is_set():
                    raise StoppedError
                try:
                    batch(micro_batch, micro_batch_id)
                except Exception as error:
                    self.error = self.error or error
                    raise

        return run

    def await_end(self, queries: Sequence[StreamingQuery]) -> None:
        """Return when all queries have ended by themselves or by order; raise what a batch raised, else the stream's exception."""
        with self.signals():
            while any(query.isActive for query in queries) and not self._is_ordered.wait(POLL_SECONDS) and not self._failed(queries):
                pass
            self._is_ordered.set()
            with self._between_batches:
                for query in queries:
                    query.stop()
        if self.error is not None and not isinstance(self.error, StoppedError):
            raise self.error
        for query in queries:
            with translated(str(query.name)):
                _raise_unless_stopped(query.exception())

    @staticmethod
    def _failed(queries: Sequence[StreamingQuery]) -> bool:
        return any(not query.isActive and query.exception() is not None for query in queries)

    @contextmanager
    def signals(self) -> Iterator[None]:
        """SIGTERM and Ctrl-C are orders to stop, also where the JVM gets them. Only the main thread may set handlers; elsewhere
        somebody else calls `order`."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self._on_signal) for each in (signal.SIGTERM, signal.SIGINT)}
        is_over = threading.Event()

        def end_first() -> None:
            self.order()
            is_over.wait()

        try:
            with before_the_jvm_ends(end_first):
                yield
        finally:
            is_over.set()
            for each, handler in before.items():
                signal.signal(each, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> Any:
        self.order()


def _raise_unless_stopped(error: StreamingQueryException | None) -> None:
    if error is not None and StoppedError.__name__ not in str(error):
        raise error
