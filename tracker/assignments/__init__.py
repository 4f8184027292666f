"""Lessons that people are asked to complete by a day, and the mail that reminds them."""
