"""A made-up state to look around in and to measure with: agencies, people and their work, all of it from one seed."""
