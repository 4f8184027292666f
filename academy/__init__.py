"""The command line, and the build of the site."""

import autograder as autograder  # its first lines make every later import quicker
