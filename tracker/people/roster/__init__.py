"""The roster: an agency's list of people and units, read from a file, shown, and then taken over.

files.py    bytes to lines of cells: CSV in the encodings that Excel writes, and XLSX
rows.py     lines to people: which column is which, and what is wrong in a row
tree.py     the units of the agencies, those that a file would make among them
plan.py     what a file would change, row by row; writes nothing
apply.py    does what a plan says, whole or not at all
report.py   what is shown and downloaded
uploads.py  keeps a file between "show me" and "apply"
"""
