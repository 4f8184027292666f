"""Serves the built site from the same origin as the tracker's pages, each area under its own security policy."""
