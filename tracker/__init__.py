"""The Django project: serves the site, takes submissions, has them graded, and shows progress."""
