"""An identity provider that runs here: a real one for tests, which can be told to give out bad tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import oidc_provider_mock
import requests
from django.test import Client
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

Claims = dict[str, Any]
Forge = Callable[[Claims, RSAKey], str]


class Provider:
    """The running provider. `forge` makes the ID tokens while it is set; `asked` are the addresses asked for."""

    def __init__(self) -> None:
        self.issuer = ""
        self.asked: list[str] = []
        self.forge: Forge | None = None
        self.describe: Claims = {}
        self._challenges: dict[str, str] = {}

    def knows(self, subject: str, **claims: Any) -> None:
        requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=5).raise_for_status()

    def answer(self, address: str, subject: str) -> str:
        """Sign a person in at the provider, as the browser's window would: where it sends the browser then."""
        response = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=5)
        assert response.status_code == 302, response.text
        where = response.headers["Location"]
        asked = parse_qs(urlsplit(address).query)
        assert asked["code_challenge_method"] == ["S256"]
        self._challenges[parse_qs(urlsplit(where).query)["code"][0]] = asked["code_challenge"][0]
        return where

    def sign_on(self, browser: Client, subject: str, next: str = "") -> Any:
        """The whole way: from our sign-in page to the provider and back. Our answer at the end."""
        begun = browser.get("/sign-in/agency/", {"next": next} if next else {})
        assert begun.status_code == 302, begun.content.decode()
        back = urlsplit(self.answer(begun["Location"], subject))
        return browser.get(f"{back.path}?{back.query}")

    # What is added to the provider

    def before(self) -> Any:
        self.asked.append(flask.request.path)
        code = flask.request.form.get("code", "")
        if flask.request.path == "/oauth2/token" and code in self._challenges:
            # The provider does not know PKCE: it is held to it here.
            verifier = flask.request.form.get("code_verifier", "")
            digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
            if digest != self._challenges[code]:
                return flask.jsonify({"error": "invalid_grant"}), 400
        return None

    def after(self, response: flask.Response) -> flask.Response:
        if flask.request.path == "/oauth2/token" and self.forge and response.status_code == 200:
            body = response.get_json()
            key = flask.g.oidc_provider_mock_storage.jwk
            token = self.forge(claims_in(body["id_token"]), RSAKey.import_key(key.as_dict(is_private=True)))
            body.pop("id_token")
            response.set_data(json.dumps(body | ({"id_token": token} if token else {})))
        if flask.request.path == "/.well-known/openid-configuration" and self.describe:
            response.set_data(json.dumps(response.get_json() | self.describe))
        return response


def claims_in(token: str) -> Claims:
    part = token.split(".")[1]
    claims: Claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def signed(claims: Claims, key: RSAKey, **header: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.thumbprint()} | header, claims, key)


@contextmanager
def running_provider() -> Iterator[Provider]:
    provider = Provider()
    app = oidc_provider_mock.app(require_nonce=True)
    app.before_request(provider.before)
    app.after_request(provider.after)
    server = make_server("localhost", 0, app, threaded=True)
    provider.issuer = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
