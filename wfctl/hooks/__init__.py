"""Programs of the user that run around an action.

Knows nothing of plans or runs: it is given a command line and says how it went.
"""
