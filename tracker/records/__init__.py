"""A person's own data: to see, to take along, to have deleted; and how long what is kept."""
