"""What the sign-in page shows of the sign-on."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.http import urlencode

from tracker.sign_on.configuration import SignOnMisconfigured, configuration

register = template.Library()


@register.inclusion_tag("sign_on/offer.html")
def agency_sign_on(next: str = "") -> dict[str, object]:
    """The way to the identity provider, and whether people have passwords beside it. Nothing where there is none."""
    try:
        known = configuration()
    except SignOnMisconfigured:
        return {"broken": True}
    if known is None:
        return {}
    address = reverse("sign-on-start") + (f"?{urlencode({'next': next})}" if next else "")
    return {"known": known, "address": address}
