"""A small reader of ELF64 files for hermetic_test.py: what a program asks of a machine."""

import dataclasses
import re
import struct

MACHINES = {62: "x86_64", 183: "aarch64"}

_DYNAMIC, _NOTE, _RELRO, _STACK, _INTERP = 2, 4, 0x6474E552, 0x6474E551, 3
_DT_NEEDED, _DT_STRTAB, _DT_RPATH, _DT_RUNPATH, _DT_FLAGS_1 = 1, 5, 15, 29, 0x6FFFFFFB
_DT_VERNEED, _DT_VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF
_DF_1_NOW, _DF_1_PIE = 1, 0x08000000


@dataclasses.dataclass
class Elf:
    """What the loader would see."""

    machine: str
    pie: bool
    bind_now: bool
    relro: bool
    executable_stack: bool
    interpreter: str
    needed: list
    search_paths: list  # RPATH and RUNPATH
    versions: list  # such as GLIBC_2.34

    def newest(self, prefix):
        """The highest version with the prefix, as a tuple of numbers."""
        found = [re.fullmatch(prefix + r"([\d.]+)", v) for v in self.versions]
        numbers = [tuple(int(n) for n in m[1].split(".")) for m in found if m]
        return max(numbers, default=())


def _text(data, at):
    return data[at : data.index(b"\0", at)].decode()


class _Image:
    """The file with its program headers, to find addresses in it."""

    def __init__(self, data):
        self.data = data
        offset, size, count = struct.unpack_from("<Q", data, 32) + struct.unpack_from(
            "<HH", data, 54
        )
        fields = [struct.unpack_from("<IIQQQQQQ", data, offset + i * size) for i in range(count)]
        # type, flags, offset, address, size in the file
        self.segments = [(f[0], f[1], f[2], f[3], f[5]) for f in fields]

    def segment(self, kind):
        return next((s for s in self.segments if s[0] == kind), None)

    def offset(self, address):
        for kind, _, offset, start, size in self.segments:
            if kind == 1 and start <= address < start + size:
                return offset + address - start
        raise ValueError(f"address {address:#x} is in no segment")

    def dynamic(self):
        _, _, offset, _, size = self.segment(_DYNAMIC)
        return [struct.unpack_from("<qQ", self.data, at) for at in range(offset, offset + size, 16)]


def _versions(image, entries, strings):
    found = []
    table = dict(entries)
    if _DT_VERNEED not in table:
        return found
    at = image.offset(table[_DT_VERNEED])
    for _ in range(table[_DT_VERNEEDNUM]):
        _, count, _, aux, following = struct.unpack_from("<HHIII", image.data, at)
        item = at + aux
        for _ in range(count):
            _, _, _, name, next_item = struct.unpack_from("<IHHII", image.data, item)
            found.append(_text(image.data, strings + name))
            item += next_item
        at += following
    return sorted(found)


def read(path):
    """The Elf of a dynamically linked program."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{path} is no 64-bit little-endian ELF file")
    image = _Image(data)
    entries = image.dynamic()
    strings = image.offset(dict(entries)[_DT_STRTAB])
    flags = dict(entries).get(_DT_FLAGS_1, 0)
    interpreter = image.segment(_INTERP)
    stack = image.segment(_STACK)
    return Elf(
        machine=MACHINES.get(struct.unpack_from("<H", data, 18)[0], "unknown"),
        pie=bool(flags & _DF_1_PIE),
        bind_now=bool(flags & _DF_1_NOW),
        relro=image.segment(_RELRO) is not None,
        executable_stack=stack is None or bool(stack[1] & 1),
        interpreter=_text(data, interpreter[2]) if interpreter else "",
        needed=[_text(data, strings + v) for tag, v in entries if tag == _DT_NEEDED],
        search_paths=[
            _text(data, strings + v) for t, v in entries if t in (_DT_RPATH, _DT_RUNPATH)
        ],
        versions=_versions(image, entries, strings),
    )
