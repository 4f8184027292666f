"""Started by test_headers.py: asks the server, with the settings of an https address, and prints what it answers.

The table's addresses come on the standard input, as JSON. Each is asked as a web server in front would ask.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django
from django.core.management import call_command

django.setup()
call_command("migrate", verbosity=0)

from django.test import Client  # noqa: E402

from tracker.people.models import Person  # noqa: E402

PASSWORD = "correct horse battery"
IN_FRONT = {"Host": "academy.example.gov", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}


def asked(browser: Client, path: str) -> dict[str, Any]:
    answer = browser.get(path, headers=IN_FRONT)
    return {"status": answer.status_code, "headers": dict(answer.headers)}


Person.objects.create_superuser("adam@example.org", PASSWORD, name="Adam Adminson")
browser = Client(enforce_csrf_checks=True)
nobody = {"/sign-in/": asked(browser, "/sign-in/")}
token = browser.get("/api/session", headers=IN_FRONT).json()["csrf"]
data = {"username": "adam@example.org", "password": PASSWORD, "csrfmiddlewaretoken": token}
there = IN_FRONT | {"Referer": "https://academy.example.gov/sign-in/"}
elsewhere = IN_FRONT | {"Referer": "https://evil.example/"}
found = {
    "without token": browser.post("/sign-in/", {**data, "csrfmiddlewaretoken": ""}, headers=there).status_code,
    "from elsewhere": browser.post("/sign-in/", data, headers=elsewhere).status_code,
    "signed in": browser.post("/sign-in/", data, headers=there).status_code,
    "cookies": {
        name: {flag: morsel[flag] for flag in ("secure", "httponly", "samesite", "path", "domain")}
        for name, morsel in browser.cookies.items()
    },
    "unencrypted": [
        (answer := Client().get("/my/?a=b", headers={"Host": "academy.example.gov"})).status_code,
        answer.headers.get("Location"),
    ],
    "pages": nobody | {path: asked(browser, path) for path in json.load(sys.stdin)},
}
print(json.dumps(found))
