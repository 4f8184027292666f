"""What a manager, a data officer and the Chief Data Officer's office see: who is done, and how many. No answers."""
