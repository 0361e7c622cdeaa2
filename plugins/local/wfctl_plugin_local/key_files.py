"""The two files of a key pair.

It knows nothing of the registry, which holds the key; the files are copies. A new pair exists from the instant its private
half is on the disk, and its public half is written before that. A changed comment is in force from the instant the public
half says so.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack

from wfctl_plugin_local import whole
from wfctl_plugin_local.pair import Pair
from wfctl_plugin_local.root import Place, no_folder
from wfctl_plugin_local.shop import Shop


class KeyFiles:
    """Writes, compares and removes the files of pairs."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def add(self, pair: Pair) -> None:
        """Write both where nothing is, or where the same is already. Leaves nothing behind if it fails.

        Raises FileExistsError, BadField for a folder that is not there, OSError.
        """
        try:
            with ExitStack() as stack:
                for path, (body, mode) in reversed(pair.files.items()):
                    place = self._place(stack, path)
                    if not _holds(place, body):
                        whole.add(place, body, mode)
        except BaseException:
            self.remove(pair, only_ours=True)
            raise

    def put(self, pair: Pair) -> None:
        """Write both over whatever is there, the public one last. Raises BadField for a folder that is not there, OSError."""
        with ExitStack() as stack:
            for path, (body, mode) in pair.files.items():
                whole.put(self._place(stack, path), body, mode)

    def remove(self, pair: Pair, *, only_ours: bool = False) -> None:
        """Remove both; with `only_ours`, what holds something else stays. Files that are not there are passed over."""
        for path, (body, _) in pair.files.items():
            with self._shop.root.place(path, "path") as place:
                if place and (_holds(place, body) if only_ours else whole.find(place)):
                    whole.remove(place)

    def exists(self, pair: Pair) -> bool:
        """Whether the private half is where it belongs. A pair without files has nothing to wait for."""
        return pair.path is None or self._agrees(pair, pair.path)

    def announces(self, pair: Pair) -> bool:
        """Whether the public half is where it belongs, with this very comment."""
        return bool(pair.files) and self._agrees(pair, list(pair.files)[-1])

    def intact(self, pair: Pair) -> bool:
        """Whether both are where they belong, as they were written."""
        return all(self._agrees(pair, path) for path in pair.files)

    def foreign(self, *pairs: Pair) -> list[str]:
        """The paths of these pairs that hold something none of them put there."""
        paths = {path for pair in pairs for path in pair.files}
        return sorted(
            path
            for path in paths
            if self._occupied(path) and not any(self._agrees(pair, path) for pair in pairs if path in pair.files)
        )

    def _agrees(self, pair: Pair, path: str) -> bool:
        with self._shop.root.place(path, "path") as place:
            return place is not None and _holds(place, pair.files[path][0])

    def _occupied(self, path: str) -> bool:
        with self._shop.root.place(path, "path") as place:
            return place is not None and place.look() is not None

    def _place(self, stack: ExitStack, path: str) -> Place:
        place = stack.enter_context(self._shop.root.place(path, "path"))
        if place is None:
            raise no_folder(path)
        return place


def _holds(place: Place, body: bytes) -> bool:
    found = whole.find(place)
    return found is not None and found.digest == hashlib.sha256(body).hexdigest()
