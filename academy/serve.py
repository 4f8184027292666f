"""`academy serve`: the whole academy on this machine, with one command.

Two programs are started and watched: the web server, and the worker that grades. A worker that dies is started again;
when the server dies, or when you stop the command, both end.
"""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType

import click

from academy.demo import Account, accounts_file, show_accounts
from academy.demo import accounts as demo_accounts
from academy.demo import create as create_demo
from academy.project import ROOT, SITE

GUNICORN = ROOT / "deploy" / "one-machine" / "gunicorn.conf.py"
PATIENCE = 15.0
"""Seconds that a program gets to end by itself."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, help="The port to listen on.")
@click.option("--no-demo", is_flag=True, help="Leave a new database empty: no made-up agency.")
def serve(host: str, port: int, no_demo: bool) -> None:
    """Serve the book, the browser lessons and the tracker, and grade what is handed in."""
    _check_site()
    _check_address(host, port)
    from tracker.start import database_is_new, prepare_database

    prepare_database()
    if not no_demo and database_is_new():
        create_demo()
    missing = _missing_sandbox()
    with _stoppable(), _together() as programs:
        programs.append(Program("web server", _server(host, port)))
        if not missing:
            programs.append(Program("grading worker", _worker()))
        _wait_until_it_answers(host, port, programs[0])
        _show_start_page(f"http://{_in_url(host)}:{port}", demo_accounts(), missing)
        _watch(programs)


def _check_site() -> None:
    if not (SITE / "index.html").is_file():
        raise click.ClickException("The site is not built yet. Run `make build`, then start again.")


def _check_address(host: str, port: int) -> None:
    if not _is_this_machine(host) and not os.environ.get("ACADEMY_ADDRESS"):
        raise click.ClickException(
            f"{host} can be reached from other machines. Say under which address people will open the site, and start "
            f"again: ACADEMY_ADDRESS=https://academy.example.gov academy serve --host {host}"
        )
    if not _is_free(host, port):
        free = next((other for other in range(port + 1, min(port + 50, 65_536)) if _is_free(host, other)), None)
        advice = f"Try: academy serve --port {free}" if free else "Choose another with --port."
        raise click.ClickException(f"Port {port} of {host} is in use, or may not be used. {advice}")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # A port that another program has just left may be taken, like gunicorn does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _missing_sandbox() -> str | None:
    """Why nothing can be graded here; None where all is well."""
    from tracker.learning.grading import CannotGradeHere, check_this_machine

    try:
        check_this_machine()
    except CannotGradeHere as missing:
        return str(missing)
    return None


def _server(host: str, port: int) -> list[str]:
    return [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN), "--bind", f"{_in_url(host)}:{port}"]


def _worker() -> list[str]:
    return [sys.executable, "-m", "tracker", "grade_submissions", "--only-worker"]


@dataclass
class Program:
    """One program that runs beside this command."""

    name: str
    command: list[str]
    restarts: int = 0
    not_before: float = 0.0
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        # A session of its own: Ctrl+C in the terminal reaches this command alone, which then stops its programs.
        self.process = subprocess.Popen(self.command, cwd=ROOT, start_new_session=True, preexec_fn=_end_with_parent)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()

    def wait(self, patience: float) -> None:
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _end_with_parent() -> None:
    """Have Linux end this program when the command is killed, so that nothing is left holding the port."""
    if sys.platform == "linux":
        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGTERM)


@contextlib.contextmanager
def _together() -> Iterator[list[Program]]:
    """A list of programs that end together."""
    programs: list[Program] = []
    try:
        yield programs
    finally:
        for program in programs:
            program.stop()
        for program in programs:
            program.wait(PATIENCE)


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let Ctrl+C and a service manager's stop signal end the command in order."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # Both by hand: Python leaves Ctrl+C alone where the command was started in the background of a script.
    before = {signum: signal.signal(signum, stop) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\nStopped.")
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _wait_until_it_answers(host: str, port: int, server: Program) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if server.process.poll() is not None:
            raise click.ClickException("The web server did not start. What it said stands above.")
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.1)
    raise click.ClickException("The web server did not answer within 30 seconds.")


def _watch(programs: list[Program]) -> None:
    """Start again what ends, except the server: without it there is nothing to serve."""
    server = programs[0]
    while server.process.poll() is None:
        time.sleep(0.5)
        for program in programs[1:]:
            _revive(program)
    raise click.ClickException("The web server has ended. What it said stands above.")


def _revive(program: Program) -> None:
    if program.process.poll() is None:
        return
    if not program.not_before:
        # Longer and longer pauses, up to a minute: a program that cannot run must not keep the machine busy.
        pause = min(2.0**program.restarts, 60.0)
        program.not_before = time.monotonic() + pause
        click.echo(f"The {program.name} has ended. It is started again in {pause:.0f} s.", err=True)
    elif time.monotonic() >= program.not_before:
        program.restarts += 1
        program.not_before = 0.0
        program.start()


def _show_start_page(address: str, accounts: list[Account], missing: str | None) -> None:
    from tracker.learning.catalogue import listed_lessons

    click.echo()
    click.secho("  Connecticut Data Academy", bold=True)
    click.echo()
    click.echo(f"  The book         {address}/")
    for lesson in listed_lessons()[:3]:
        click.echo(f"  {lesson.title[:15]:15}  {address}/practice/{lesson.slug}.html")
    click.echo(f"  Sign in          {address}/sign-in/")
    if accounts:
        click.echo()
        click.echo("  A made-up agency to look around in. Sign in as:")
        click.echo()
        show_accounts()
        click.echo()
        click.echo(f"  These accounts stand in {accounts_file().name} too, in the folder of the database.")
    if missing:
        click.echo()
        click.secho("  Notebooks are taken in, but not graded on this machine:", bold=True)
        click.echo("  " + missing.replace("\n", "\n  "))
    click.echo()
    click.echo("  Stop with Ctrl+C.")
    click.echo()
