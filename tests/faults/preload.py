"""The test's side of preload.cc: a process whose disk and clock fail on command."""

import errno
import mmap
import os
import struct

LAYOUT = struct.Struct("=qiii")  # Clock offset in seconds; errno of write, of open, of fsync.
SIZE = 64


class Preload:
    """One control file; environment() is for the process, the rest tells it what fails."""

    def __init__(self, library, control_path, folder):
        self.library, self.path, self.folder = library, control_path, folder
        with open(control_path, "wb") as file:
            file.write(bytes(SIZE))
        with open(control_path, "r+b") as file:
            self.shared = mmap.mmap(file.fileno(), SIZE)

    def environment(self):
        return {
            "LD_PRELOAD": os.path.abspath(self.library),
            "OTM_FAULT_CONTROL": os.path.abspath(self.path),
            "OTM_FAULT_FOLDER": os.path.abspath(self.folder) + "/",
        }

    def set(self, clock_offset_s=0, write=0, opening=0, sync=0):
        LAYOUT.pack_into(self.shared, 0, clock_offset_s, write, opening, sync)

    def heal(self):
        self.set()

    def disk_full(self):
        self.set(write=errno.ENOSPC)

    def read_only(self):
        self.set(write=errno.EROFS, opening=errno.EROFS)

    def sync_fails(self):
        self.set(sync=errno.EIO)

    def clock_jumps(self, seconds):
        self.set(clock_offset_s=seconds)
