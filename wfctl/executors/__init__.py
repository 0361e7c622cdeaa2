"""Executors: what carries the drive loop. Kept empty, because a workflow sandbox imports it."""
