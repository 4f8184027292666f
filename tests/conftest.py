"""How made-up examples are found.

Every run tries the same examples, so that a failure is the change's own. To look for new ones, now and then:
`HYPOTHESIS_PROFILE=explore pytest tests/autograder`.
"""

import os

from hypothesis import HealthCheck, settings

# How fast examples come says something about the machine only.
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
