"""The API for other systems: who has completed what, for whoever may know it, with a token instead of a sign-in."""
