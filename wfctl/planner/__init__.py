"""What has to be done: from what is wanted and what is there to a plan, and from a plan to a file and back.

Knows nothing of YAML, ledgers or gRPC: desired resources, state rows and drivers are handed in. `make.make_plan` is the way
in; `file` writes and reads plans, `stale` says whether one still fits, `gates` refuses what must not be done.
"""
