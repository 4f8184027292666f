"""The command line, and the build of the site."""
