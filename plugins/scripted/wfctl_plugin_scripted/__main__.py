"""The plugin process. It alone reads the environment and the working directory."""

from __future__ import annotations

import os

from wfctl_plugin_scripted import start

if __name__ == "__main__":
    start.begin(os.environ)  # before the SDK is imported

    from pathlib import Path

    from wfctl.plugin_sdk import serve
    from wfctl_plugin_scripted.provider import ScriptedProvider

    serve(ScriptedProvider(Path.cwd()))
