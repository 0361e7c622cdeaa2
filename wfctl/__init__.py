"""The version of the distribution, said once.

It imports nothing, so that naming the package costs nothing: the parts are imported where they are used.
"""

__version__ = "0.1.0"
