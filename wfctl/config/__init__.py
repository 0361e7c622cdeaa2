"""Reading a project's `infra.yaml`: what is wanted, and by which rules.

Knows nothing of plugins, plans or state. `load` is the way in; every mistake of the files is found before it gives up.
"""
