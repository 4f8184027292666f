"""What a learner's page shows of surveys: {% load surveys %} {% my_surveys viewer %}."""

from __future__ import annotations

from typing import Any

from django import template

from tracker.people.models import Person
from tracker.surveys.asking import asking

register = template.Library()


@register.inclusion_tag("surveys/my_surveys.html")
def my_surveys(person: Person) -> dict[str, Any]:
    """Those that the person has not sent yet."""
    return {"waiting": [each for each in asking(person) if not each.done]}
