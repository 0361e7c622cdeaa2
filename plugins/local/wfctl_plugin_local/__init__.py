"""Things of this machine as resources: directories, files, links, passwords, key pairs and programs with an undo.

It knows nothing of the engine but `wfctl.plugin_sdk`. `python -m wfctl_plugin_local` is the plugin process.

    provider            the drivers under one name, and where their root is
    directory, file, symlink, password, key_pair, step
                        one resource type each
    placed              what the first three have in common: they live at a path
    root, whole         paths that cannot leave the root; files that are written whole or not at all
    registry            what this plugin made, by name, by key and by identity
    fields, template    configs read field by field
    program, keeper     programs that never run unobserved
"""

__version__ = "0.1.0"
