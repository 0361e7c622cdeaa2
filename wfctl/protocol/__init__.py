"""The wire as Python code: generated from `proto/` by `make proto`, committed, never edited by hand.

It knows nothing of the engine. Only `wfctl.plugin_host` and `wfctl.plugin_sdk` may import it.
"""
