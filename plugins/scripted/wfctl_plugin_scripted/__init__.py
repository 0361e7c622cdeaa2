"""Resources that behave as a script says: each call is done well, badly, or not at all, as somebody wrote down before.

It knows nothing of the engine but `wfctl.plugin_sdk`. `python -m wfctl_plugin_scripted` is the plugin process.

    provider            the drivers under one name, their world and their script
    kinds               the resource types: what each declares
    driver              what the calls would do if all went well
    scene               one call, played as its turn of the script says
    script, vocabulary  scripts, read and checked; the behaviours there are
    world               what really exists, and every call that came: one file
    wire                failures that the SDK has no names for
    start               odd ways for the process to begin
"""

__version__ = "0.1.0"
