"""What deploy/audit-dependencies decides, on reports as pip-audit writes them."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent / "deploy" / "audit-dependencies"
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def audit() -> Any:
    loader = importlib.machinery.SourceFileLoader("audit_dependencies", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    # Where dataclasses look up the names of types.
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


def skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": f"Dependency not found on PyPI and could not be audited: {name} (1.0)"}


def clean(name: str) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": []}


def weak(name: str, id: str = "PYSEC-2026-7", fixed: tuple[str, ...] = ("1.1",)) -> dict[str, Any]:
    about = {"fix_versions": list(fixed), "aliases": ["CVE-2026-1234", "GHSA-aaaa-bbbb-cccc"], "description": "Long."}
    return {"name": name, "version": "1.0", "vulns": [{"id": id, **about}]}


def report(*packages: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": list(packages), "fixes": []}


def test_packages_without_a_known_weakness_pass(audit: Any) -> None:
    verdict = audit.judge(report(clean("django"), clean("click")), {}, TODAY)
    assert (verdict.status, verdict.lines) == (0, ["2 of 2 locked packages audited."])


def test_a_known_weakness_stops_and_says_what_to_raise(audit: Any) -> None:
    verdict = audit.judge(report(clean("click"), weak("django", fixed=("5.2.20", "6.0.1"))), {}, TODAY)
    assert verdict.status == 1
    assert verdict.lines[-2:] == [
        "1 known weakness:",
        "django 1.0: PYSEC-2026-7. Mended in 5.2.20, 6.0.1: raise it in pyproject.toml, and run `make lock`.",
    ]


def test_a_weakness_that_nobody_has_mended_stops_too(audit: Any) -> None:
    verdict = audit.judge(report(weak("django", fixed=())), {}, TODAY)
    assert verdict.status == 1
    assert "Not mended yet" in verdict.lines[-1]


@pytest.mark.parametrize("name", ["PYSEC-2026-7", "CVE-2026-1234", "GHSA-aaaa-bbbb-cccc"])
def test_a_weakness_that_was_set_aside_passes_by_any_of_its_names_and_is_counted(name: str, audit: Any) -> None:
    verdict = audit.judge(report(weak("django")), {name: TODAY}, TODAY)
    assert verdict.status == 0
    assert verdict.lines[-1] == "1 known, looked at and set aside in audit-ignored.toml."


def test_what_was_set_aside_comes_back_after_its_last_day(audit: Any) -> None:
    verdict = audit.judge(report(weak("django")), {"PYSEC-2026-7": date(2026, 11, 21)}, TODAY)
    assert verdict.status == 1
    assert verdict.lines[-1].endswith("It was set aside until 2026-11-21.")


def test_what_was_set_aside_and_is_gone_is_named(audit: Any) -> None:
    verdict = audit.judge(report(clean("django")), {"PYSEC-2020-1": TODAY}, TODAY)
    assert (verdict.status, verdict.lines[-1]) == (
        0,
        "No longer found, so take out of audit-ignored.toml: PYSEC-2020-1.",
    )


def test_where_nothing_could_be_audited_one_line_says_so_and_work_goes_on(audit: Any) -> None:
    for nothing in (report(skipped("django"), skipped("click")), None):
        verdict = audit.judge(nothing, {}, TODAY)
        assert verdict.status == 0
        assert verdict.lines == [
            "No dependency could be audited: the list of known weaknesses cannot be reached from here."
        ]


def test_packages_that_are_skipped_among_others_are_named_and_hide_no_weakness(audit: Any) -> None:
    verdict = audit.judge(report(skipped("ours"), weak("django")), {}, TODAY)
    assert verdict.status == 1
    assert verdict.lines[:2] == ["1 of 2 locked packages audited.", "Nothing is known of: ours."]


def test_pip_audit_s_report_is_read_whether_it_ended_with_0_or_1(audit: Any) -> None:
    for status in (0, 1):
        assert audit.read_report(status, json.dumps(report(weak("django"))), "Found 1 known vulnerability") == report(
            weak("django")
        )


@pytest.mark.parametrize(
    "complaint",
    [
        "Traceback (most recent call last):\n  …\nrequests.exceptions.ProxyError: HTTPSConnectionPool(host='…'): …\n",
        "Traceback (most recent call last):\n  …\nrequests.exceptions.ReadTimeout: HTTPSConnectionPool(host='…'): …\n",
        "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed\nERROR:pip_audit._cli:Tip: your network …\n",
    ],
)
def test_a_network_that_is_closed_is_told_from_an_audit_that_failed(complaint: str, audit: Any) -> None:
    assert audit.read_report(1, "", complaint) is None


@pytest.mark.parametrize("complaint", ["", "ERROR:pip_audit._cli:requirements.lock: hashes are missing for django\n"])
def test_an_audit_that_failed_otherwise_does_not_pass_for_a_clean_one(complaint: str, audit: Any) -> None:
    with pytest.raises(audit.AuditBroken, match="ended with status 1"):
        audit.read_report(1, "", complaint)


@pytest.mark.parametrize(
    "entry",
    [
        'id = "PYSEC-1"\nreason = "Only mail servers are touched, and we are none."',
        'id = "PYSEC-1"\nuntil = 2027-01-31',
        'id = "PYSEC-1"\nreason = "later"\nuntil = 2027-01-31',
        'id = "PYSEC-1"\nreason = "Only mail servers are touched, and we are none."\nuntil = "forever"',
    ],
)
def test_nothing_is_set_aside_without_a_reason_and_a_date(entry: str, audit: Any) -> None:
    with pytest.raises(audit.AuditBroken, match="not complete"):
        audit.read_ignored(f"[[ignored]]\n{entry}")


def test_the_list_of_what_was_set_aside_is_complete(audit: Any) -> None:
    audit.read_ignored(audit.IGNORED.read_text(encoding="utf-8"))
    whole = 'id = "PYSEC-1"\nreason = "Only mail servers are touched, and we are none."\nuntil = 2027-01-31'
    assert audit.read_ignored(f"[[ignored]]\n{whole}") == {"PYSEC-1": date(2027, 1, 31)}
