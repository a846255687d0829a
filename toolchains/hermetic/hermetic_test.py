"""bazel test //toolchains/hermetic:hermetic_test: nothing of the building machine is in a program.

Two programs, one an architecture, with every third-party library linked. From the compiler's own
dependency list: which headers it read. From the ELF file: what the program asks of a machine.
"""

import pathlib
import posixpath
import unittest

from toolchains.hermetic import elf

HERE = pathlib.Path(__file__).parent
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
LOADERS = {"amd64": "ld-linux-x86-64.so.2", "arm64": "ld-linux-aarch64.so.1"}

# Libraries that Bazel builds: repositories of their own.
SOURCES = ("curl", "fmtlib", "librdkafka", "pistache", "prometheus_cpp", "simdjson", "spdlog")

# glibc alone is shared: libc, libm, the resolver that the MongoDB driver asks, and the loader.
SHARED = {"libc.so.6", "libm.so.6", "libresolv.so.2"}
GLIBC_MAX = (2, 36)  # Debian 12's; a program that wants more does not start there


def headers(arch):
    """The files of the dependency list, without `..`."""
    text = (HERE / f"headers_{arch}.d").read_text(encoding="utf-8")
    names = text.partition(":")[2].replace("\\\n", " ").split()
    return [posixpath.normpath(name) for name in names]


class Hermetic(unittest.TestCase):
    def each(self):
        return [(arch, elf.read(HERE / arch / "main")) for arch in MACHINES]

    def test_headers_come_from_the_lock_and_the_tree(self):
        for arch in MACHINES:
            read = headers(arch)
            self.assertGreater(len(read), 500, "the list holds the system's headers")
            locked = ["llvm19", f"sysroot_{arch}", f"libs_{arch}", *SOURCES]
            allowed = ("bazel-out/", "third_party/") + tuple(f"external/{r}/" for r in locked)
            foreign = [name for name in read if not name.startswith(allowed)]
            self.assertEqual(foreign, [], arch)
            self.assertTrue(any(n.startswith(f"external/sysroot_{arch}/") for n in read), arch)

    def test_the_machine_is_the_one_asked_for(self):
        for arch, program in self.each():
            self.assertEqual(program.machine, MACHINES[arch])
            self.assertEqual(posixpath.basename(program.interpreter), LOADERS[arch])

    def test_only_glibc_is_shared(self):
        for arch, program in self.each():
            self.assertEqual(set(program.needed) - SHARED - {LOADERS[arch]}, set())

    def test_no_symbol_is_newer_than_debian_12(self):
        for _, program in self.each():
            newest = program.newest("GLIBC_")
            self.assertGreater(newest, (2, 0), "the list of versions was read")
            self.assertLessEqual(newest, GLIBC_MAX)

    def test_no_search_path_is_in_it(self):
        for _, program in self.each():
            self.assertEqual(program.search_paths, [])

    def test_hardened(self):
        for _, program in self.each():
            self.assertTrue(program.pie, "a random address")
            self.assertTrue(program.relro and program.bind_now, "tables are read-only at main()")
            self.assertFalse(program.executable_stack)


if __name__ == "__main__":
    unittest.main(verbosity=2)
