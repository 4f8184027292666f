"""A Dask cluster grades as this machine does; a worker that dies loses nothing, and a wrong address is told at once."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from academy.cli import main
from autograder.course import Local

from .classroom import Classroom, answer, answered, check, differences, essay, notebook

ROOT = Path(__file__).parents[3]
LEARNERS = [f"learner-{n:02d}" for n in range(16)]


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@dataclass
class Cluster:
    """A scheduler and workers, each a program of its own, as an administrator starts them."""

    folder: Path
    address: str = field(default_factory=lambda: f"tcp://127.0.0.1:{free_port()}")
    programs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{program}", *words]
        log = (self.folder / f"{program}-{len(self.programs)}.log").open("wb")
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.programs.append(subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log))
        return self.programs[-1]

    def scheduler(self) -> None:
        host, port = self.address.removeprefix("tcp://").split(":")
        self.start("dask_scheduler", "--host", host, "--port", port, "--no-dashboard", "--no-jupyter")

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard")

    def wait_for(self, workers: int) -> None:
        from distributed import Client

        with Client(self.address, set_as_default=False, timeout=60) as client:
            if workers:
                client.wait_for_workers(workers, timeout=120)

    def end(self) -> None:
        for program in self.programs:
            program.kill()
            program.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.end()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    cells = [
        answer("a", "a = 1"),
        check("a-check", "assert a == 1"),
        answer("f", "def f():\n    return open('data.csv').read()"),
        check("f-check", "assert f() == 'x'"),
        essay("words"),
    ]
    room = Classroom(tmp_path_factory.mktemp("dask") / "course")
    room.assign("ps1", {"p1": notebook(cells)}, {"data.csv": b"x"})
    solution = room.solution("ps1", "p1")
    for n, learner in enumerate(LEARNERS):
        slowly = "import time\ntime.sleep(0.3)\n"
        room.hand_in(learner, "ps1", {"p1": answered(solution, {"a": f"{slowly}a = {n % 2}", "words": learner})})
    return room


def room(fresh: Classroom, folder: Path) -> Classroom:
    shutil.copytree(fresh.folder, folder)
    return Classroom(folder)


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(fresh: Classroom, cluster: Cluster) -> None:
    here, there = room(fresh, cluster.folder / "here"), room(fresh, cluster.folder / "there")
    cluster.scheduler()
    doomed, _ = cluster.worker(), cluster.worker()
    cluster.wait_for(2)
    command = [sys.executable, "-m", "academy", "grade", str(there.folder), "ps1", "--engine", "dask"]
    with subprocess.Popen(
        [*command, "--cluster", cluster.address], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        deadline = time.monotonic() + 120
        while len(there.graded_notebooks("ps1")) < 3:
            assert program.poll() is None and time.monotonic() < deadline, program.communicate()
            time.sleep(0.02)
        os.kill(doomed.pid, signal.SIGKILL)
        said, complaints = program.communicate(timeout=120)
    assert program.returncode == 0, complaints
    assert "ps1: 16 graded" in said and "0 unchanged, 0 failed." in said
    here.grade("ps1", Local(2))
    assert differences(there, here, "ps1") == []
    assert len(there.grades("ps1")) == 3 * len(LEARNERS)


def grade(course: Classroom, address: str) -> tuple[int, str, float]:
    started = time.monotonic()
    done = CliRunner().invoke(main, ["grade", str(course.folder), "ps1", "--engine", "dask", "--cluster", address])
    return done.exit_code, done.output, time.monotonic() - started


def test_where_nothing_listens_the_command_says_so_at_once(fresh: Classroom, tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    status, said, seconds = grade(room(fresh, tmp_path / "course"), address)
    assert status == 1
    assert f"Error: No Dask cluster answers at {address}" in said
    assert "Look at the address that “dask scheduler” printed when it started" in said
    assert "Traceback" not in said and seconds < 60


def test_what_is_no_address_is_told_too(fresh: Classroom, tmp_path: Path) -> None:
    status, said, _ = grade(room(fresh, tmp_path / "course"), "carrier-pigeon://roof")
    assert (status, said.splitlines()[0][:44]) == (1, "Error: No Dask cluster answers at carrier-pi")


def test_a_cluster_without_workers_is_told(fresh: Classroom, cluster: Cluster) -> None:
    cluster.scheduler()
    cluster.wait_for(0)
    course = room(fresh, cluster.folder / "course")
    status, said, _ = grade(course, cluster.address)
    assert status == 1
    assert f"Error: The Dask cluster at {cluster.address} has no workers." in said
    assert f"dask worker {cluster.address}" in said
    assert course.graded_notebooks("ps1") == []


def test_no_address_no_dask(fresh: Classroom) -> None:
    done = CliRunner().invoke(main, ["grade", str(fresh.folder), "ps1", "--engine", "dask"])
    assert done.exit_code == 2
    assert "--engine dask and --cluster ADDRESS go together." in done.output
