"""`python -m wfctl`: the command line without the console script.

It knows nothing of verbs, flags or exit codes.
"""

from wfctl.cli.main import main

if __name__ == "__main__":
    main()
