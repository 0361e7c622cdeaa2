"""The use cases: one a file, each composing the adapters it needs.

Knows nothing of flags, of terminals or of exit codes: options come in as values, and what happened goes out as values, as
what a view is told, or as a `WfctlError`.
"""
