"""Where submissions are graded: on this machine's cores, on the machines of a Dask cluster, or by stock nbgrader.

An engine takes submissions and gives back, for each, its result or the reason why there is none, in any order. It never
raises for a single submission.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue
from typing import Any, Protocol

from autograder.course.assignment import Assignment, Submission
from autograder.course.errors import ClusterUnreachable
from autograder.course.worker import CheckLost, GradedSubmission, Worker
from autograder.runner import SandboxMissing, WarmProcessFailed

logger = logging.getLogger(__name__)

Prepared = Callable[[], Submission]
"""Reads a submission when its turn comes, so that not all of them are in memory."""
_TRIES = 2
_CONNECT = 5.0
"""Seconds that a cluster has to answer."""


@dataclass(frozen=True)
class Failure:
    """A failure of ours, or of the machine: nothing is stored, and the submission is graded again next time."""

    learner: str
    reason: str


class Engine(Protocol):
    """Grades submissions of one assignment: it gets ready, then it grades. Close it, and it ends all that it began."""

    def get_ready(self, assignment: Assignment, submissions: int) -> Worker:
        """A warm worker of this machine, to place the checks with. There are at most so many submissions.

        Raises SandboxMissing.
        """
        ...

    def grade(
        self, assignment: Assignment, submissions: Iterable[tuple[str, Prepared]]
    ) -> Iterator[GradedSubmission | Failure]: ...

    def close(self) -> None: ...


class Local:
    """A pool on this machine: each worker has a warm process of its own. `workers`: by default one for each core."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self._ready: list[Worker] = []

    def get_ready(self, assignment: Assignment, submissions: int) -> Worker:
        """The first of the pool. The others get warm meanwhile."""
        first, *others = self._ready = [Worker(assignment) for _ in range(max(1, min(self.workers, submissions)))]
        for worker in others:
            threading.Thread(target=_warm, args=(worker,), daemon=True).start()
        first.warm.start()
        return first

    def grade(
        self, assignment: Assignment, submissions: Iterable[tuple[str, Prepared]]
    ) -> Iterator[GradedSubmission | Failure]:
        free: SimpleQueue[Worker] = SimpleQueue()
        for worker in self._ready:
            worker.assignment = assignment
            free.put(worker)

        def one(learner: str, prepared: Prepared) -> GradedSubmission | Failure:
            worker = free.get()
            try:
                return _attempt(worker, learner, prepared)
            finally:
                free.put(worker)

        waiting = iter(submissions)
        with ThreadPoolExecutor(len(self._ready)) as pool:
            try:
                running: set[Future[GradedSubmission | Failure]] = {
                    pool.submit(one, *each) for each in islice(waiting, 2 * len(self._ready))
                }
                while running:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    running |= {pool.submit(one, *each) for each in islice(waiting, len(done))}
                    for future in done:
                        yield future.result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        while self._ready:
            self._ready.pop().close()


def _warm(worker: Worker) -> None:
    # If it fails, so does the first job, and that is where it is told.
    with contextlib.suppress(Exception):
        worker.warm.start()


def _attempt(worker: Worker, learner: str, prepared: Prepared) -> GradedSubmission | Failure:
    """One submission, tried again where the failure was ours. Without a sandbox there is no trying again."""
    for turn in range(1, _TRIES + 1):
        try:
            return worker.grade(prepared())
        except SandboxMissing:
            raise
        except Exception as error:
            logger.warning("Grading %s failed, try %s of %s", learner, turn, _TRIES, exc_info=error)
            reason = (
                str(error) if isinstance(error, WarmProcessFailed | CheckLost) else f"{type(error).__name__}: {error}"
            )
    return Failure(learner, reason)


class Dask:
    """The workers of a Dask cluster, on this machine or others. `cluster` is the address of its scheduler.

    A worker that is lost loses nothing: what it had is given to another. Each needs this project installed.
    """

    def __init__(self, cluster: str) -> None:
        self.cluster = cluster
        self._own: Worker | None = None

    def get_ready(self, assignment: Assignment, submissions: int) -> Worker:
        """One that places the checks, and nothing more."""
        self._own = Worker(assignment)
        self._own.warm.start()
        return self._own

    def grade(
        self, assignment: Assignment, submissions: Iterable[tuple[str, Prepared]]
    ) -> Iterator[GradedSubmission | Failure]:
        from distributed import as_completed

        self.close()  # what follows is others' work
        with self._client() as client:
            everyone = client.scatter(assignment, broadcast=True, hash=False)
            threads = sum(client.nthreads().values())
            waiting = iter(submissions)

            def submit(learner: str, prepared: Prepared) -> Any:
                # A task whose worker died is given to another by the scheduler itself.
                return client.submit(_on_a_worker, everyone, learner, prepared(), key=f"grade-{learner}", pure=False)

            futures = {future.key: future for future in (submit(*each) for each in islice(waiting, 2 * threads + 2))}
            sequence = as_completed(futures.values(), loop=client.loop)
            for future in sequence:
                learner = str(future.key).removeprefix("grade-")
                try:
                    yield future.result()
                except Exception as error:
                    if isinstance(error, SandboxMissing):
                        raise
                    yield Failure(learner, f"{type(error).__name__}: {error}")
                for each in islice(waiting, 1):
                    sequence.add(submit(*each))

    def close(self) -> None:
        if self._own is not None:
            self._own.close()
        self._own = None

    def _client(self) -> Any:
        """Raises ClusterUnreachable."""
        from distributed import Client

        try:
            client = Client(self.cluster, set_as_default=False, timeout=_CONNECT)
        except (OSError, ValueError, ImportError) as error:
            raise ClusterUnreachable(
                f"No Dask cluster answers at {self.cluster}: {error}\n"
                "    Look at the address that “dask scheduler” printed when it started, and whether it still runs."
            ) from None
        if not client.nthreads():
            client.close()
            raise ClusterUnreachable(
                f"The Dask cluster at {self.cluster} has no workers.\n"
                f"    Start one on each machine: dask worker {self.cluster}"
            )
        return client


_kept = threading.local()


def _on_a_worker(assignment: Assignment, learner: str, submission: Submission) -> GradedSubmission | Failure:
    """Runs in a Dask worker. Its warm process stays for the next submission of the same assignment."""
    worker: Worker | None = getattr(_kept, "worker", None)
    if worker is None or worker.assignment.digest != assignment.digest:
        if worker is not None:
            worker.close()
        worker = _kept.worker = Worker(assignment)
    return _attempt(worker, learner, lambda: submission)
