"""What the answers of a suppression policy mean, and where they protect less than the education department's rule.

Connecticut has no single rule for small counts. The one to compare with is the rule of its State Department of
Education, which the state's Open Data Handbook quotes as a model: EDUCATION_RULE of toolkit.disclosure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolkit.disclosure import Policy

# As in EDUCATION_RULE. Its package is not imported for them: that needs numpy, and a form does not.
SMALLEST_COUNT, SMALLEST_DENOMINATOR, WIDTH = 6, 20, 5

_TITLES = {
    "smallest_count": "smallest count shown",
    "smallest_denominator": "smallest group for a percent",
    "width": "least width of a guess",
}
_SHOWN_FROM = {
    "State Department of Education": 6,
    "Public Health: environmental tracking": 6,
    "Public Health: COVID-19 town data": 5,
}
"""By whose rule: the smallest count that it shows."""


def policy_of(filled: Mapping[str, Any]) -> Policy:
    """Return the policy that a filled worksheet describes, for `protect_frame`.

    Raises ValueError where one of its three numbers is missing, or is no whole number from 1 on.
    """
    from toolkit.disclosure import Policy

    numbers = {name: number for name in _TITLES if (number := _whole(filled, name)) is not None}
    if len(numbers) < len(_TITLES):
        lacking = ", ".join(title for name, title in _TITLES.items() if name not in numbers)
        raise ValueError(f"The policy still needs a whole number here: {lacking}.")
    return Policy(numbers["smallest_count"], numbers["smallest_denominator"], numbers["width"])


def advice(filled: Mapping[str, Any]) -> list[str]:
    """Return plain sentences: what the policy does, then where it is weaker than the education department's rule.

    They are about what is filled in. A worksheet that is half empty gets fewer of them.
    """
    weaker = [*_weaker_numbers(filled), *_weaker_choices(filled)]
    told = [*_meaning(filled), *(f"Weaker than the education department's rule: {sentence}" for sentence in weaker)]
    named = ("zeros", "totals", "complementary_rule", "statistics")
    numbers = all(_whole(filled, name) is not None for name in _TITLES)
    if not weaker and numbers and all(filled.get(name) not in (None, "", ...) for name in named):
        told.append("In nothing that this page asks is it weaker than the education department's rule.")
    return [*told, *_to_think_about(filled)]


def _whole(filled: Mapping[str, Any], name: str) -> int | None:
    """A number of people, given as a number or as text. None where it is missing, or is no whole number from 1 on."""
    try:
        number = float(filled.get(name, ""))
        return int(number) if number >= 1 and number == int(number) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _counts(least: int, greatest: int) -> str:
    return f"counts of {least} to {greatest}" if greatest > least else f"counts of {least}"


def _meaning(filled: Mapping[str, Any]) -> list[str]:
    count, group, width = (_whole(filled, name) for name in ("smallest_count", "smallest_denominator", "width"))
    told = [
        f"The {title} is no whole number from 1 on. Write one, such as 6."
        for name, title in _TITLES.items()
        if filled.get(name) not in (None, "", ...) and _whole(filled, name) is None
    ]
    if count is not None:
        told.append(
            f"It hides {_counts(1, count - 1)}." if count > 1 else "With a smallest count of 1 it hides nothing."
        )
    if count is not None and group is not None:
        told.append(f"It shows a percent only if at least {count} people are meant, out of a group of {group} or more.")
    if width is not None and filled.get("complementary_rule") != "Nothing more":
        told.append(f"Whoever has all published numbers still finds {width + 1} values or more for a hidden count.")
    return told


def _weaker_numbers(filled: Mapping[str, Any]) -> list[str]:
    count, group, width = (_whole(filled, name) for name in ("smallest_count", "smallest_denominator", "width"))
    weaker = []
    if count is not None and count < SMALLEST_COUNT:
        weaker.append(f"it shows {_counts(count, SMALLEST_COUNT - 1)}, which that rule hides.")
    if group is not None and group < SMALLEST_DENOMINATOR:
        weaker.append(f"it shows percents of groups of {group} or more. That rule asks for {SMALLEST_DENOMINATOR}.")
    if width is not None and width < WIDTH:
        weaker.append(f"a hidden count may be narrowed down to {width + 1} values. Zero and 1 to 5 are six values.")
    return weaker


def _weaker_choices(filled: Mapping[str, Any]) -> list[str]:
    weaker = []
    if filled.get("totals") == "Always shown":
        weaker.append("it shows totals of 1 to 5 people, which that rule hides.")
    if filled.get("complementary_rule") == "Nothing more":
        weaker.append("a hidden count that is alone in its row or column is found by subtraction. Hide a second one.")
    if filled.get("statistics") == "Each is judged alone":
        weaker.append("that rule hides a percent whose count is hidden.")
    return weaker


def _to_think_about(filled: Mapping[str, Any]) -> list[str]:
    """Where the policy is not what it calls itself, or leaves open what a reader may use."""
    told = []
    count, source = _whole(filled, "smallest_count"), str(filled.get("threshold_source"))
    if count is not None and source in _SHOWN_FROM and count != _SHOWN_FROM[source]:
        told.append(
            f"You name this rule: {source}. It shows counts of {_SHOWN_FROM[source]} or more, yours of {count}."
        )
    if source == "P20 WIN":
        told.append("The policy of P20 WIN names methods and no number. Say in your reasons where your number is from.")
    if filled.get("complementary_rule") == "Hide the next highest too":
        told.append("Rows and columns together can still give a count away. Audit each table before it goes out.")
    if filled.get("statistics") == "Each is judged alone":
        told.append("A hidden percent is no secret while both of its counts are shown.")
    if filled.get("zeros") == "Hidden like a small count":
        told.append("The education department's rule never hides a zero. Hiding zeros too tells readers less.")
    if count is not None and count > SMALLEST_COUNT:
        told.append("It hides more than the education department's rule. Put groups together before you hide a lot.")
    if filled.get("other_tables") in ("No", "Only when someone asks"):
        told.append("Two tables can give away together what each of them hides. Check a new one against the old ones.")
    return told
