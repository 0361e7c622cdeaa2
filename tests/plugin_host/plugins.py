"""Plugins made for a test: folders with a manifest and an executable."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from wfctl.plugin_host.discover import Candidate, Source

ROOT = Path(__file__).resolve().parents[2]
PROVIDER = "fake"


def manifest(name: str = "fake-plugin", provider: str = PROVIDER, **more: object) -> dict[str, Any]:
    return {
        "name": name,
        "version": "1.0.0",
        "author": "somebody",
        "description": "a plugin for tests",
        "capabilities": {"iacProvider": {"name": provider}},
        **more,
    }


def folder(root: Path, program: str, name: str = "fake", **fields: Any) -> Path:  # noqa: ANN401  (of `manifest`)
    """`root/name` with a plugin.json and an executable Python program."""
    path = root / name
    path.mkdir(parents=True)
    (path / "plugin.json").write_text(json.dumps(manifest(**fields)))
    executable = path / name
    executable.write_text(f"#!{sys.executable}\n{program}")
    executable.chmod(0o755)
    return path


def serving(root: Path, **life: object) -> Path:
    """A plugin that really serves; `life` is explained in `fake_plugin`, and may name its `folder` and its `provider`."""
    program = f"""
import json, sys
sys.path.insert(0, {str(ROOT)!r})
from tests.plugin_host.fake_plugin import serve
serve(json.loads({json.dumps(json.dumps(life))}))
"""
    return folder(root, program, str(life.get("folder", "fake")), provider=str(life.get("provider", PROVIDER)))


def candidate(path: Path, provider: str = PROVIDER) -> Candidate:
    return Candidate(provider=provider, name="fake-plugin", version="1.0.0", source=Source.FLAG, path=path)
