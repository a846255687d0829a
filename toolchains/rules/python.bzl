"""Python tests, standard library only, run by the machine's /usr/bin/python3 (Debian's 3.11)."""

def python_test(name, main, srcs, size = "small", data = [], tags = [], args = [], shards = 0):
    """A unittest file run as a module from the workspace's root.

    Bazel 4.2.3's py_test starts `python`, which Debian 12 does not have.

    Args:
      name: of the test
      main: the file with the tests, one of srcs
      srcs: every Python file that it imports
      size: Bazel's test size
      data: other files that it reads
      tags: of the test
      args: further ones; they may name data by $(rootpath LABEL)
      shards: how many of it run side by side; it has to know of TEST_TOTAL_SHARDS then
    """
    native.sh_test(
        name = name,
        size = size,
        srcs = ["//toolchains/rules:python_test.sh"],
        args = ["$(rootpath %s)" % main] + args,
        data = srcs + data,
        tags = tags,
        shard_count = shards or None,
    )
