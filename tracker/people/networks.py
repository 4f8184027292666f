"""Where a request comes from, to slow down who guesses."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def network_of(request: HttpRequest | None) -> str:
    """The address of the other side, or of its network for IPv6, where everybody has many; empty if it is not known.

    With a web server in front, all requests come from that. It writes the true address at the end of the header
    X-Forwarded-For; what stands before it, anybody may have written.
    """
    if request is None:
        return ""
    if settings.SECURE_PROXY_SSL_HEADER:
        written = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    else:
        written = request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(written)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((address.packed, 64), strict=False))
    return str(address)
