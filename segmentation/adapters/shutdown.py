"""The end of the JVM waits for ours: SIGTERM and Ctrl-C may reach it first (spark-submit, service managers), and it would cut a batch in two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyspark import SparkContext
from pyspark.java_gateway import ensure_callback_server_started

BEFORE_SPARK = 1000
"""Hooks run in falling order: Spark ends its own context at 50."""
PATIENCE_SECONDS = 3600


class _Runnable:
    """What the JVM calls."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action = action

    def run(self) -> None:
        self._action()

    class Java:
        """How Py4J learns what it is."""

        implements = ("java.lang.Runnable",)


@contextmanager
def before_the_jvm_ends(action: Callable[[], None]) -> Iterator[None]:
    """While inside, a JVM that is told to end calls `action` (in a thread of its own) and ends when it returns."""
    context = SparkContext._active_spark_context
    if context is None:
        yield
        return
    ensure_callback_server_started(context._gateway)  # type: ignore[no-untyped-call]
    jvm = context._jvm
    hooks = jvm.org.apache.hadoop.util.ShutdownHookManager.get()  # type: ignore[union-attr]
    hook = jvm.java.lang.Thread(_Runnable(action))  # type: ignore[union-attr]  # one Java object, so that it can be taken away again
    hooks.addShutdownHook(hook, BEFORE_SPARK, PATIENCE_SECONDS, jvm.java.util.concurrent.TimeUnit.SECONDS)  # type: ignore[union-attr]
    try:
        yield
    finally:
        if not hooks.isShutdownInProgress():
            hooks.removeShutdownHook(hook)
