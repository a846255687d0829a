"""bazel test //toolchains:lock_test"""

import json
import unittest

from toolchains import lock

PACKAGES = """Package: zlib1g
Architecture: amd64
Version: 1:1.2.13
Filename: pool/z.deb
Size: 7
SHA256: aa
Description: two
 lines

Package: all-of-them
Architecture: all
Version: 2
Filename: pool/a.deb
Size: 8
SHA256: bb
"""

SOURCES = """Package: curl
Version: 7.88
Directory: pool/c
Checksums-Sha256:
 cc 10 curl_7.88.orig.tar.gz
 dd 11 curl_7.88-1.debian.tar.xz
 ee 12 curl_7.88-1.dsc
"""


def entry(**changes):
    base = {"group": "libs", "arch": "amd64", "name": "zlib1g", "version": "1", "filename": "p"}
    return base | {"size": 1, "sha256": "aa"} | changes


class Lock(unittest.TestCase):
    def test_binary_packages_of_the_architecture_and_of_all(self):
        found = lock.binary_entries("libs", ["zlib1g", "all-of-them"], PACKAGES, "amd64")
        self.assertEqual([e["sha256"] for e in found], ["aa", "bb"])
        self.assertEqual(found[0]["version"], "1:1.2.13")

    def test_a_package_that_debian_lacks_is_named(self):
        with self.assertRaisesRegex(lock.LockError, r"not in Debian \(libs, amd64\): nosuch;"):
            lock.binary_entries("libs", ["zlib1g", "nosuch"], PACKAGES, "amd64")

    def test_a_source_is_its_archive_and_debians_patches(self):
        found = lock.source_entries(["curl"], SOURCES, "bookworm")
        self.assertEqual([e["sha256"] for e in found], ["cc", "dd"])
        self.assertEqual(found[0]["filename"], "pool/c/curl_7.88.orig.tar.gz")

    def test_the_lock_has_a_line_for_each_file_in_a_fixed_order(self):
        one, two = entry(name="b"), entry(name="a")
        text = lock.render("bookworm", [one, two])
        self.assertEqual(text, lock.render("bookworm", [two, one]))
        self.assertEqual(json.loads(text), {"suite": "bookworm", "files": [two, one]})
        self.assertEqual(text.count("\n"), 7)

    def test_changes_are_told_one_a_line(self):
        old = {"files": [entry(), entry(name="gone")]}
        new = {"files": [entry(version="2", sha256="bb"), entry(name="new")]}
        self.assertEqual(
            lock.changes(old, new),
            [
                "removed  gone (libs, amd64) 1",
                "added    new (libs, amd64) 1",
                "moved    zlib1g (libs, amd64) 1 -> 2",
            ],
        )
        self.assertEqual(lock.changes(old, old), [])


if __name__ == "__main__":
    unittest.main()
