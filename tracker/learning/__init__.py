"""Lessons, submissions, results and reviews: how far each person is."""
