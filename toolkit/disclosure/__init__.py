"""Disclosure control: publish counts of people without giving anyone away. Used by lessons, reports and the tracker.

table.py    counts with all their totals
policy.py   the published rule and its settings, and what each decision says in words
rule.py     the rule applied, line by line: small cells, then their neighbors
audit.py    what an attacker could work out, by linear programming
protect.py  the rule, then the audit, then wider hiding until nothing can be worked out
frame.py    the same for a pandas table, as lessons use it
"""

from toolkit.disclosure.audit import Bounds, audit
from toolkit.disclosure.frame import protect_frame
from toolkit.disclosure.policy import EDUCATION_RULE, Decision, Policy
from toolkit.disclosure.protect import Protected, protect
from toolkit.disclosure.table import Table, TableBroken

__all__ = [
    "EDUCATION_RULE",
    "Bounds",
    "Decision",
    "Policy",
    "Protected",
    "Table",
    "TableBroken",
    "audit",
    "protect",
    "protect_frame",
]
