"""A PostgreSQL of our own for as long as this process lives: in a temporary folder, reached by a socket in it only.

PostgreSQL refuses to run as root. Where we are root, it runs as the user that Debian's package makes, or as nobody.
It never waits for the disk: what is in it is thrown away.
"""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg.sql import SQL, Identifier

QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresMissing(Exception):
    """PostgreSQL's programs are not on this machine, or it did not start."""


def program(name: str) -> str:
    """One of PostgreSQL's programs. Debian keeps those of the server outside PATH, by version: the newest."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    found = str(kept[-1]) if kept else shutil.which(name)
    if found is None:
        raise PostgresMissing(f"“{name}” is missing. Install PostgreSQL's server (Debian, Ubuntu: postgresql).")
    return found


def start_postgres(**settings: str) -> str:
    """Start one and return the address of its database `academy`. It ends with this process, however that ends."""
    folder = Path(tempfile.mkdtemp(prefix="academy-postgres-"))
    atexit.register(_remove, folder, os.getpid())
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = _other_user()
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    data = folder / "data"
    # Whoever can enter the folder may use the database: its owner, and root.
    made = [program("initdb"), "--pgdata", str(data), "--username", "academy", "--auth", "trust", "--no-sync"]
    made += ["--encoding", "UTF8", "--locale", "C.UTF-8"]
    done = subprocess.run(made, cwd=folder, capture_output=True, text=True, check=False, **as_user)
    if done.returncode:
        raise PostgresMissing(f"PostgreSQL could not make a database: {done.stderr}")
    options = {"listen_addresses": "", "unix_socket_directories": str(folder), **settings}
    command = [program("postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in options.items())]
    log = folder / "log"
    log.touch()
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=output, preexec_fn=_end_with_parent, **as_user
        )
    atexit.register(_stop, server, os.getpid())
    address = f"postgresql:///academy?{urlencode({'host': str(folder), 'user': 'academy'}, quote_via=quote)}"
    _wait_until_it_answers(address.replace("/academy?", "/postgres?"), server, log)
    return address


def database_for(folder: Path) -> str:
    """The address of a database for programs that work in this folder; empty where the tests run on SQLite.

    The same folder gets the same database again.
    """
    server = os.environ.get("ACADEMY_TEST_POSTGRES", "")
    if not server:
        return ""
    name = "folder_" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return server.replace("/academy?", f"/{name}?")


def _remove(folder: Path, owner: int) -> None:
    # A forked child ends too, and must not take the folder with it.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _other_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _end_with_parent() -> None:
    if sys.platform == "linux":
        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGQUIT)


def _wait_until_it_answers(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("CREATE DATABASE academy")
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise PostgresMissing(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def _stop(server: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() == owner and server.poll() is None:
        # “Fast”: whoever is still connected is sent away.
        server.send_signal(signal.SIGINT)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
