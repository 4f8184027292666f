"""Surveys on the command line: instruments, their exports, and reports."""
