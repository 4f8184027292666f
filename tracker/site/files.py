"""Serves build/site/. Looks at the disk at every request, so that a rebuilt site shows at once."""

from __future__ import annotations

import mimetypes
import re
from email.utils import formatdate
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from tracker.site.compression import compressed
from tracker.site.policy import policy_of

# A table of our own: what the machine's tables say differs from machine to machine.
_TYPES = mimetypes.MimeTypes(filenames=())
for _ending, _type in {
    ".css": "text/css",
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".ico": "image/x-icon",
    ".ipynb": "application/x-ipynb+json",
    ".js": "text/javascript",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".whl": "application/zip",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}.items():
    _TYPES.add_type(_type, _ending)

_COMPRESSIBLE = re.compile(r"text/|.*(json|javascript|xml|wasm)|font/ttf")
_TEXT = re.compile(r"text/|.*(json|xml)")
# A content hash in the name (webpack's are short), or a compiled wheel, whose name says version and platform.
_NAMED_BY_CONTENT = re.compile(
    r"(.*[./-])?[0-9a-f]{16,}(\.\w+)+$|lite/(build|extensions)/.*\.[0-9a-f]{7,}\.\w+$|.*_wasm32\.whl$"
)
_MAY_BEAR_VERSION = re.compile(r"text/(css|javascript)|font/|image/")

FOREVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
"""Kept by the browser, but asked about: an unchanged file costs one short answer, a changed page shows at once."""


@require_safe
def serve(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Answer with one file of the site. Raises Http404."""
    file = _find(path)
    if file is None:
        return _without_slash(request, path)
    try:
        return _answer(request, path, file)
    except FileNotFoundError as gone:
        # The site is being rebuilt this moment.
        raise Http404(path) from gone


def area_of(path: str) -> str:
    """Which security policy a path of the site gets."""
    first = path.partition("/")[0]
    return first if first in ("practice", "lite") else "book"


def _find(path: str) -> Path | None:
    """The file of this path, an index.html for a folder. Nothing hidden, and nothing outside the site."""
    if "\0" in path or any(part.startswith(".") for part in path.split("/")):
        return None
    site = settings.SITE_FOLDER.resolve()
    try:
        file = (site / path).resolve()
        if path == "" or path.endswith("/"):
            file = (file / "index.html").resolve()
        return file if file.is_relative_to(site) and file.is_file() else None
    except OSError:
        # Such as a name that is longer than a disk allows.
        return None


def _without_slash(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send `/my` to `/my/`, and a folder of the site to its address; nothing else is here."""
    if path and not path.endswith("/"):
        try:
            known = resolve(f"/{path}/").func is not serve
        except Resolver404:
            known = False
        if known or _find(f"{path}/"):
            query = request.META.get("QUERY_STRING", "")
            return HttpResponseRedirect(f"/{path.lstrip('/')}/" + (f"?{query}" if query else ""))
    raise Http404(path)


def _answer(request: HttpRequest, path: str, file: Path) -> HttpResponseBase:
    kind = _TYPES.guess_type(file.name)[0] or "application/octet-stream"
    original = file.stat()
    wants_gzip = bool(_COMPRESSIBLE.match(kind)) and "gzip" in request.headers.get("Accept-Encoding", "")
    copy = compressed(file) if wants_gzip else None
    tag = f'"{original.st_mtime_ns:x}-{original.st_size:x}{"-gz" if copy else ""}"'
    response: HttpResponseBase
    if _is_known(request, tag):
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = FileResponse((copy or file).open("rb"), content_type=_content_type(kind))
        response.headers.pop("Content-Disposition", None)
        if copy:
            response["Content-Encoding"] = "gzip"
        if path.startswith("downloads/"):
            response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response["ETag"] = tag
    response["Last-Modified"] = formatdate(original.st_mtime, usegmt=True)
    response["Cache-Control"] = FOREVER if _is_immutable(request, path, kind) else ASK_EACH_TIME
    if _COMPRESSIBLE.match(kind):
        patch_vary_headers(response, ["Accept-Encoding"])
    area = area_of(path)
    response["Content-Security-Policy"] = policy_of(area)
    # JupyterLite runs in a frame of the practice page; nothing else of the site may be framed.
    response["X-Frame-Options"] = "SAMEORIGIN" if area == "lite" else "DENY"
    return response


def _content_type(kind: str) -> str:
    return f"{kind}; charset=utf-8" if _TEXT.match(kind) else kind


def _is_known(request: HttpRequest, tag: str) -> bool:
    """Whether the browser has this very version already."""
    return tag in {known.removeprefix("W/") for known in parse_etags(request.headers.get("If-None-Match", ""))}


def _is_immutable(request: HttpRequest, path: str, kind: str) -> bool:
    """Whether the address changes whenever the content does: a hash in the name, or Sphinx' and webpack's `?v=`."""
    has_version = bool(_MAY_BEAR_VERSION.match(kind)) and bool({"v", "digest"} & request.GET.keys())
    return has_version or bool(_NAMED_BY_CONTENT.match(path))
