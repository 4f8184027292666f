"""Everyone gets the same packages: the lock, the conda environment and the project's own list agree."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-browser.lock"]


def locked(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", (ROOT / name).read_text(), re.MULTILINE))


def wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [Requirement(each) for each in project["dependencies"] + project["optional-dependencies"]["dev"]]


def test_the_lock_holds_every_package_that_the_project_names() -> None:
    lock = locked("requirements.lock")
    for requirement in wanted():
        assert lock[requirement.name.lower()] in requirement.specifier, f"run make lock: {requirement}"


def test_the_conda_environment_is_equal_to_the_lock() -> None:
    lock = locked("requirements.lock")
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(each["pip"] for each in environment["dependencies"] if isinstance(each, dict))
    listed = dict(each.split("==") for each in pip if "==" in each)
    assert listed == {requirement.name.lower(): lock[requirement.name.lower()] for requirement in wanted()}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries and all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text and "--index" not in text


def test_the_page_and_the_browser_run_the_same_pandas() -> None:
    listed = (ROOT / "academy" / "site" / "browser-files.json").read_text()
    lock = locked("requirements.lock")
    for package in ("pandas", "numpy", "matplotlib"):
        assert f"{package}-{lock[package]}-" in listed


@pytest.mark.parametrize(
    ("version", "found"), [("3.11.9", True), ("3.12.1", True), ("3.13.0", False), ("3.10.4", False)]
)
def test_a_python_that_does_not_fit_is_refused_with_the_way_out(version: str, found: bool, tmp_path: Path) -> None:
    """A stand-in for `python3` answers the version question as that version would."""
    major, minor = version.split(".")[:2]
    answer = 0 if (3, 11) <= (int(major), int(minor)) < (3, 13) else 1
    fake = tmp_path / "python3"
    fake.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo Python {version}\nexit {answer}\n')
    fake.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", ROOT / "deploy" / "find-python"], env={"PATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert (done.returncode == 0) is found
    if found:
        assert done.stdout.strip() == "python3"
    else:
        assert "3.11 or 3.12" in done.stderr and "apt-get install" in done.stderr


def test_a_missing_system_package_is_named_where_it_may_not_be_installed(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", ROOT / "deploy" / "system-packages", "bwrap=bubblewrap", "sh-not-there=shell"],
        env={"PATH": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "bubblewrap shell" in done.stderr and len(done.stderr.strip().splitlines()) == 1
