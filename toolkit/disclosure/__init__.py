"""Disclosure control: publish counts of people without giving anyone away. Used by lessons, reports and the tracker.

table.py    counts with all their totals
policy.py   the published rule and its settings, and what each decision says in words
rule.py     the rule applied, line by line: small cells, then their neighbors
people.py   what several tables say about the same people: groups, and which add up to which
audit.py    what an attacker could work out
network.py  the same within a two-way table: exact, and without a solver
program.py  the same for all other tables, by linear programming
seen.py     the least and the greatest count seen so far
protect.py  the rule, then the audit, then wider hiding until nothing can be worked out
frame.py    the same for a pandas table, as lessons use it
"""

from toolkit.disclosure.audit import audit
from toolkit.disclosure.frame import ProtectedFrame, protect_frame
from toolkit.disclosure.people import TooManyCrossings
from toolkit.disclosure.policy import EDUCATION_RULE, Decision, Policy
from toolkit.disclosure.protect import Protected, protect, protect_all
from toolkit.disclosure.seen import Bounds
from toolkit.disclosure.table import Table, TableBroken

__all__ = [
    "EDUCATION_RULE",
    "Bounds",
    "Decision",
    "Policy",
    "Protected",
    "ProtectedFrame",
    "Table",
    "TableBroken",
    "TooManyCrossings",
    "audit",
    "protect",
    "protect_all",
    "protect_frame",
]
