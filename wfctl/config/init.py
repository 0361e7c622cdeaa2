"""The first `infra.yaml` of a new project, as text.

Knows nothing of where it is written. It needs nothing but the plugin `local`, which comes with wfctl.
"""

from __future__ import annotations

STARTER = """\
# What should exist. `wfctl plan` shows what that would change, `wfctl apply` does it.

modules:
  # Who makes things. `provider` is the name of a plugin; everything else in config goes to the plugin.
  - name: local
    type: iac.provider
    config:
      provider: local
      root: build

  # A folder, and a file in it. The word before the dot says whose they are.
  - name: site
    type: local.directory
    config:
      path: site

  - name: index
    type: local.file
    config:
      path: site/index.html
      content: "Made by wfctl.\\n"
      depends_on: [site] # only needed where nothing below refers to the other resource

  # ${index.sha256} is an output of the resource above: known once that is done, so this one waits for it.
  # ${HOME} would be a variable of the environment.
  - name: checksum
    type: local.file
    config:
      path: site/index.sha256
      content: "${index.sha256}  index.html\\n"

# How changes are made. Everything here may be left out; flags go before the file.
apply:
  on_failure: continue # or stop, or compensate: undo what this run did
  parallelism: 10
  # hooks:
  #   - name: smoke
  #     on: applied
  #     match: {name: index}
  #     exec: ["./smoke.sh"]
  #     on_failure: stop # undo this change, start nothing new; or continue, or warn
"""
"""Valid as it is, with an empty environment."""
