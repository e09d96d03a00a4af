"""What was computed from files that never change: the newest results, while there is room."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Recent:
    """The `most` newest results, by keys that name what they were made of."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._results: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made under a key, made now if nothing is."""
        found = self.find(key)
        if found is not None:
            return cast("T", found)
        made = make()
        with self._lock:
            self._results[key] = made
            while len(self._results) > self._most:
                self._results.popitem(last=False)
        return made

    def find(self, key: Hashable) -> Any:
        """Return what was made under a key, None where nothing is."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)
