"""The engine: one drive loop, the carrying out of commands, and the ports both speak through.

Decides nothing: every decision is made in `wfctl.core`.
"""
