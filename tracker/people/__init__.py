"""Agencies, their units, the people in them, and who may see whom."""
