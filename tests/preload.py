"""Everything of wfctl, imported: what a server that forks its runs does first, so that they begin at once."""

from __future__ import annotations

import importlib
import os
import pkgutil

import wfctl

_PACKAGES = (
    "app",
    "cli",
    "config",
    "core",
    "engine",
    "executors",
    "hooks",
    "ledger",
    "planner",
    "plugin_host",
    "views",
)


def import_all() -> None:
    """Import it, without the fork handlers of grpc: nothing of grpc runs before the fork."""
    os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
    for package in _PACKAGES:
        for module in pkgutil.iter_modules([f"{wfctl.__path__[0]}/{package}"]):
            importlib.import_module(f"wfctl.{package}.{module.name}")
