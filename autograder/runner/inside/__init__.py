"""What goes inside the sandbox, and nothing else: this folder is all that a sandboxed process sees of the grader.

warm.py           the process that is started once, and forks a child for each run
preload.py        modules loaded before they are asked for, and hidden until then
import_trace.py   what each of them asks for while it is loaded
warm_up.py        work whose traces in caches every child finds done
child.py          how a child shuts itself in; with kernel_calls.py, landlock.py, seccomp.py
learner.py        a child's program: runs a notebook's cells and exports the named answers as data
checker.py        another one: runs the checks on those answers, in a process that never ran learners' code
probe.py          another one: says that a child could be shut in
shell.py          the notebook's shell, and how a cell is run in it
outputs.py        what a cell shows, kept as a notebook file keeps it
events.py         a child's job and its way out
answers.py        the data format between learner.py and checker.py: no pickle, no code
"""
