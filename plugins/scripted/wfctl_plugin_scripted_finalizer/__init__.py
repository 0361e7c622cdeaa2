"""The scripted resources once more, under a provider that has a word to say at the end of a run.

It knows nothing of its own: everything is in `wfctl_plugin_scripted`. That a provider has such a word is declared by offering
it, so it takes a provider of its own.
"""
