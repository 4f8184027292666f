"""What goes inside the sandbox, and nothing else: this folder is all that a sandboxed process sees of the grader.

learner.py   runs a notebook's cells and exports the named answers as data
checker.py   runs the checks on those answers, in another process that never ran learners' code
answers.py   the data format between the two: no pickle, no code
"""
