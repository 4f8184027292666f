"""The warm process: started once, asked often; it never reads a job, and whatever happens to it is no learner's loss."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.notebook import Lesson
from autograder.runner import Limits, Status, WarmProcess, WarmProcesses, WarmProcessFailed, grade, warm_process

from .conftest import DATA, as_bytes

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProcess]:
    with WarmProcess(DATA, ["pandas"]) as warm:
        yield warm


def learner(*sources: str, outputs: bool = False, **more: Any) -> dict[str, Any]:
    steps = [{"id": str(n), "source": source, "task": None, "answers": []} for n, source in enumerate(sources)]
    return {"steps": steps, "outputs": outputs, **more}


def finished(events: list[Any]) -> bool:
    return bool(events[-1] == {"event": "done"})


def process_of(warm: WarmProcess) -> int:
    """The warm process itself: below bubblewrap's init."""
    warm.start()
    assert warm._started
    lines = Path(f"/proc/self/fdinfo/{warm._started._init}").read_text().splitlines()
    init = next(int(line.split()[1]) for line in lines if line.startswith("Pid:"))
    return int(Path(f"/proc/{init}/task/{init}/children").read_text().split()[0])


def memory_of(process: int) -> bytes:
    found = []
    with open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            low, high = (int(part, 16) for part in line.split()[0].split("-"))
            try:
                memory.seek(low)
                found.append(memory.read(high - low))
            except (OSError, OverflowError, ValueError):
                continue
    return b"".join(found)


def test_one_process_serves_many_jobs(warm: WarmProcess) -> None:
    process = process_of(warm)
    for _ in range(5):
        assert finished(warm.run("learner", learner("import pandas")).events)
    assert process_of(warm) == process


def test_no_job_is_ever_in_the_memory_that_children_are_forked_from(warm: WarmProcess) -> None:
    secret = "the-hidden-check-asks-for-" + os.urandom(8).hex()
    check = {"task": "t", "visible": "pass", "hidden": f"assert answer != {secret!r}", "answers": {"answer": "x"}}
    verdicts = warm.run("checker", {"checks": [check]}).events
    assert [event["passed"] for event in verdicts if event["event"] == "checked"] == [True]
    warm.run("learner", learner(f"x = {secret!r}"))
    memory = memory_of(process_of(warm))
    assert b"matplotlib" in memory, "The hunt reads nothing."
    assert secret.encode() not in memory


def test_a_warm_process_that_is_killed_in_the_middle_is_started_again_and_nobody_notices(warm: WarmProcess) -> None:
    process = process_of(warm)
    killer = threading.Timer(1, os.kill, (process, signal.SIGKILL))
    killer.start()
    run = warm.run("learner", learner("import time; time.sleep(3)"))
    assert finished(run.events)
    assert process_of(warm) != process


def test_a_warm_process_that_is_lost_twice_is_our_failure_and_never_a_score(
    lesson: Lesson, solved: dict[str, Any]
) -> None:
    done = threading.Event()
    with warm_process(lesson, DATA) as warm:

        def kill() -> None:
            while not done.wait(0.05):
                if warm._started and warm._started._init is not None:
                    try:
                        signal.pidfd_send_signal(warm._started._init, signal.SIGKILL)
                    except OSError:
                        continue

        killer = threading.Thread(target=kill)
        killer.start()
        result = grade(lesson, as_bytes(solved), DATA, warm=warm)
        done.set()
        killer.join()
        assert (result.status, result.points, result.passed) == (Status.OUR_FAILURE, 0, False)
        assert grade(lesson, as_bytes(solved), DATA, warm=warm).points == 5


def test_a_program_that_is_not_ours_is_a_failure_with_its_reason(warm: WarmProcess) -> None:
    with pytest.raises(WarmProcessFailed, match="no_such_program"):
        warm.run("no_such_program", {})


def test_a_stopped_worker_leaves_its_warm_process_ready_for_the_next_job(warm: WarmProcess) -> None:
    """An interruption in the middle of a job must not hand that job's answer to the next one."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    warm.start()
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1)
    with pytest.raises(KeyboardInterrupt):
        warm.run("learner", learner("import time; time.sleep(20)"))
    signal.signal(signal.SIGALRM, before)
    assert warm._started is None, "The interrupted job may still be running."
    assert finished(warm.run("learner", learner("1 + 1")).events)


def test_a_killed_worker_leaves_nothing_running() -> None:
    marker = f"marker_{os.urandom(6).hex()}"
    code = (
        "from autograder.runner import WarmProcess\n"
        f"job = {learner('import os' + chr(10) + 'os.fork()' + chr(10) + 'while True: pass')!r}\n"
        f"WarmProcess(modules=[{marker!r}]).run('learner', job)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    wait_until(lambda: running(marker) >= 5)  # bubblewrap, its init, the warm process, the learner's two
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    wait_until(lambda: running(marker) == 0)


def running(marker: str) -> int:
    found = 0
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += marker.encode() in process.read_bytes() and b"autograder.runner" not in process.read_bytes()
        except OSError:
            continue
    return found


def wait_until(condition: Any, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "It did not come to pass."
        time.sleep(0.1)


def test_memory_stays_flat_over_many_submissions(warm: WarmProcess) -> None:
    runs = [warm.run("learner", learner("import pandas as pd\npd.DataFrame({'a': [1]}).sum()")) for _ in range(40)]
    assert runs[-1].memory - runs[4].memory < 1 << 20
    assert max(run.memory for run in runs) < 400 << 20


# -- the warm processes that a worker keeps ---------------------------------------------------------------------------


def test_a_worker_keeps_the_warm_processes_of_the_last_lessons(lesson: Lesson, tmp_path: Path) -> None:
    table = tmp_path / "branches.csv"
    table.write_bytes(DATA[0].read_bytes())
    with WarmProcesses(most=1) as kept:
        first = kept.for_lesson(lesson, [table])
        first.start()
        assert kept.for_lesson(lesson, [table]) is first
        table.write_text("branch,loans\nHilltop,1\n")
        second = kept.for_lesson(lesson, [table])
        assert second is not first and first._started is None
        other = Lesson(**(vars(lesson) | {"slug": "another-lesson"}))
        second.start()
        kept.for_lesson(other, [table])
        assert len(kept) == 1 and second._started is None
    assert len(kept) == 0


# -- for courses that others wrote ------------------------------------------------------------------------------------


def checked(warm: WarmProcess, cell: str, answers: dict[str, Any], count: int = 7) -> dict[str, Any]:
    check = {"task": "t", "cell": cell, "answers": answers, "execution_count": count}
    events = warm.run("checker", {"checks": [check]}).events
    return next(event for event in events if event["event"] == "checked")


def test_a_check_can_run_as_a_cell_whose_last_line_gives_the_points(warm: WarmProcess) -> None:
    verdict = checked(warm, "print('hello')\n0.5 if x > 1 else 0", {"x": {"is": "int", "value": "3"}})
    assert verdict["outputs"] == [
        {"output_type": "stream", "name": "stdout", "text": "hello\n"},
        {"output_type": "execute_result", "data": {"text/plain": "0.5"}, "metadata": {}, "execution_count": 7},
    ]


def test_a_check_that_fails_as_a_cell_shows_its_error(warm: WarmProcess) -> None:
    [error] = checked(warm, "assert x == 4, 'not four'", {"x": {"is": "int", "value": "3"}})["outputs"]
    assert (error["output_type"], error["ename"], error["evalue"]) == ("error", "AssertionError", "not four")


def test_a_check_as_a_cell_sees_what_earlier_checks_made_but_not_their_answers(warm: WarmProcess) -> None:
    checks = [
        {"task": task, "cell": cell, "answers": answers, "execution_count": 1}
        for task, cell, answers in (("a", "y = x", {"x": "1"}), ("b", "'x' in globals(), 'y' in globals()", {}))
    ]
    events = warm.run("checker", {"checks": checks}).events
    second = next(event for event in events if event.get("task") == "b")
    assert second["outputs"][0]["data"]["text/plain"] == "(False, True)"


def test_a_check_can_use_the_notebook_s_own_np(warm: WarmProcess) -> None:
    job = learner("import numpy as np\nx = np.arange(3)", modules=True)
    job["steps"][0] |= {"task": "t", "answers": ["np", "x"]}
    events = warm.run("learner", job).events
    exported = next(event["answers"] for event in events if event["event"] == "answers")
    answers = {name: answer["value"] for name, answer in exported.items()}
    verdict = checked(warm, "np.testing.assert_array_equal(x, np.arange(3))\n1", answers)
    assert verdict["outputs"][-1]["data"]["text/plain"] == "1"


def test_an_answer_that_was_forged_puzzles_its_check_and_no_other(warm: WarmProcess) -> None:
    verdict = checked(warm, "1", {"x": {"is": "module", "value": "subprocess"}})
    assert "no module to carry" in verdict["puzzled"]


def test_a_check_of_a_function_can_run_in_the_learner_s_own_process(warm: WarmProcess) -> None:
    """An explicit choice of whoever makes the job: the check is then one of the learner's cells."""
    events = warm.run(
        "learner", learner("def double(x): return 2 * x", "assert double(2) == 4\n1", outputs=True)
    ).events
    check = next(event for event in events if event.get("step") == "1")
    assert check["outputs"][-1]["data"]["text/plain"] == "1"


def test_what_is_shown_without_end_is_cut_and_says_so(warm: WarmProcess) -> None:
    run = warm.run("learner", learner("for _ in range(20): print('x' * 1_000_000)", "print('after')", outputs=True))
    assert finished(run.events)
    texts = [output["text"] for event in run.events for output in event.get("outputs", ())]
    assert sum(map(len, texts)) < 9_000_000
    assert "left out" in texts[-1]


def test_what_a_notebook_says_can_always_be_written_to_a_file(warm: WarmProcess) -> None:
    source = "print('\\ud800')\nraise ValueError('\\udc80 and \U0001f600')"
    run = warm.run("learner", learner(source, outputs=True))
    assert finished(run.events)
    written = json.dumps(run.events, ensure_ascii=False).encode()
    assert "? and \U0001f600".encode() in written


def test_nothing_is_recorded_where_no_outputs_are_asked_for(warm: WarmProcess) -> None:
    events = warm.run("learner", learner("print('x')\n1")).events
    assert "outputs" not in json.dumps(events)


def test_the_time_limit_leaves_what_came_before(warm: WarmProcess) -> None:
    run = warm.run("learner", learner("print('kept')", "while True: pass", outputs=True), Limits(seconds=2))
    assert run.timed_out
    assert run.events[-1]["outputs"][0]["text"] == "kept\n"
