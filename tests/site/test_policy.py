"""The security policy of each area of the built site."""

from __future__ import annotations

import json
from pathlib import Path

from academy.site.policy import book_policy, digest, inline_scripts, write_policies


def page(path: Path, *scripts: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("<!DOCTYPE html><title>A page</title>" + "".join(scripts), encoding="utf-8")


def test_each_area_has_a_policy_that_starts_from_nothing(tmp_path: Path) -> None:
    page(tmp_path / "site" / "index.html")
    write_policies(tmp_path / "site", tmp_path / "build" / "policy.json")
    policies = json.loads((tmp_path / "build" / "policy.json").read_text())
    assert set(policies) == {"book", "practice", "lite", "tracker"}
    assert all(policy.startswith("default-src 'none'; ") for policy in policies.values())
    assert {area for area, policy in policies.items() if "unsafe-eval" in policy} == {"lite"}
    assert not [area for area, policy in policies.items() if "http" in policy or "*" in policy]


def test_a_book_without_inline_scripts_allows_none(tmp_path: Path) -> None:
    page(tmp_path / "index.html", '<script src="look.js"></script>', '<script type="application/json">{}</script>')
    assert "script-src 'self';" in book_policy(tmp_path)


def test_an_inline_script_of_the_book_is_allowed_by_its_digest_and_those_of_other_areas_are_not(tmp_path: Path) -> None:
    page(tmp_path / "lessons" / "a.html", "<script>\nlet towns = 1 < 2 && 3;\n</script>")
    page(tmp_path / "lite" / "index.html", "<script>lite()</script>")
    # The digest was computed apart, with openssl.
    assert digest("alert(1)") == "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
    policy = book_policy(tmp_path)
    assert digest("\nlet towns = 1 < 2 && 3;\n") in policy
    assert policy.count("sha256-") == 1


def test_inline_scripts_are_found_in_every_spelling() -> None:
    html = "<SCRIPT>a()</SCRIPT><script data-x='1'>b('</p>')</script>"
    html += '<script type="module">\r\nc()</script><script src=d></script>'
    assert list(inline_scripts(html)) == ["a()", "b('</p>')", "\nc()"]
