"""Who did what to whose data: the audit log. Every change of people, roles, dates and grades, and every export."""
