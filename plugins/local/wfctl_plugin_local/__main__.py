"""The plugin process. It alone reads the environment, the working directory and the clock."""

from __future__ import annotations

import os
import time
from pathlib import Path

from wfctl.plugin_sdk import serve
from wfctl_plugin_local.provider import LocalProvider

if __name__ == "__main__":
    serve(LocalProvider(directory=Path.cwd(), environment=dict(os.environ), clock=time.time))
