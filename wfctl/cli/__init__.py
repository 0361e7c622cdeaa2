"""The command line: flags become options, outcomes and errors become text and exit codes.

Knows nothing of how anything is done: one file a verb, each calling the use case of the same name in `wfctl.app`.
"""
