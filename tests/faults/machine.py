"""How much of a time was waiting for the machine itself, so that a slow one fails nothing."""

import os
import re
import time

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PRESSURE, STAT = "/proc/pressure/cpu", "/proc/stat"


def read(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""


def waited_of(pressure, stat, cores):
    """Seconds since boot in which somebody waited for a core, and in which it was not ours.

    Of the texts of PRESSURE (the kernel's pressure stall information; empty where it keeps none)
    and of STAT, whose eighth number is what the host of a virtual machine gave to others.
    """
    some = re.search(r"^some .*total=(\d+)", pressure, re.MULTILINE)
    total = re.search(r"^cpu +((?:\d+ ?)+)$", stat, re.MULTILINE)
    fields = total.group(1).split() if total else []
    stolen = int(fields[7]) / TICKS_PER_S / cores if len(fields) > 7 else 0.0
    return (int(some.group(1)) / 1e6 if some else 0.0) + stolen


class Stopwatch:
    """Two times since it was made: that of the wall, and that without waiting for the machine."""

    def __init__(self):
        self.begin, self.waited = time.monotonic(), self.now()

    @staticmethod
    def now():
        return waited_of(read(PRESSURE), read(STAT), os.cpu_count() or 1)

    def wall_s(self):
        return time.monotonic() - self.begin

    def own_s(self):
        """Never below 0; as long as the wall's where the kernel does not tell."""
        return max(0.0, self.wall_s() - (self.now() - self.waited))
