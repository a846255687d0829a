"""The project's C++ rules: flags, layering and test variants change here, in one place."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")
load("//toolchains/rules:multi_arch.bzl", "arch_test")

# Our code has no warnings; foreign code is compiled by its own BUILD file.
_WARNINGS = ["-Wextra", "-Wshadow", "-Wnon-virtual-dtor", "-Wimplicit-fallthrough", "-Werror"]

# Test sources are compiled for fast building: the code under test keeps its own flags.
_TEST_COPTS = ["-O0", "-U_FORTIFY_SOURCE"]

# Including a header of a target that is not named in deps is an error.
_FEATURES = ["layering_check"]

def cc_lib(name, copts = [], features = [], **kwargs):
    """A library: one header pair, private unless said otherwise.

    Args:
      name: like the header
      copts: further compiler flags
      features: further toolchain features
      **kwargs: of cc_library
    """
    cc_library(name = name, copts = _WARNINGS + copts, features = _FEATURES + features, **kwargs)

def cc_service(name, copts = [], **kwargs):
    """A program.

    Args:
      name: of the binary
      copts: further compiler flags
      **kwargs: of cc_binary
    """
    cc_binary(name = name, copts = _WARNINGS + copts, features = _FEATURES, **kwargs)

def cc_unit_test(name, size = "small", deps = [], copts = [], arm64 = True, tags = [], **kwargs):
    """A GoogleTest NAME for x86_64 and, unless arm64 = False, NAME_arm64 under the locked qemu.

    Args:
      name: of the test
      size: Bazel's test size; small is a minute at most
      deps: beside GoogleTest and its main
      copts: further compiler flags
      arm64: also test the aarch64 build; False where the test is about time or too slow in an
        emulator
      tags: of both tests
      **kwargs: of cc_test
    """
    cc_test(
        name = name,
        size = size,
        copts = _WARNINGS + _TEST_COPTS + copts,
        features = _FEATURES,
        tags = tags,
        deps = deps + ["//third_party:gtest", "//third_party:gtest_main"],
        **kwargs
    )
    if arm64:
        arch_test(
            name = name + "_arm64",
            arch = "arm64",
            size = "medium" if size == "small" else size,
            tags = tags + ["arm64"],
            target = name,
        )

def cc_fuzz(name, deps = [], **kwargs):
    """A libFuzzer target: `./otm fuzz` or `bazel run --config=fuzz LABEL -- -max_total_time=10`.

    Args:
      name: of the binary
      deps: of the binary
      **kwargs: of cc_binary
    """
    cc_binary(
        name = name,
        testonly = True,
        copts = _WARNINGS,
        features = _FEATURES,
        tags = ["manual", "fuzz"],
        deps = deps,
        **kwargs
    )

def cc_bench(name, deps = [], **kwargs):
    """A Google Benchmark program: `./otm bench` or `bazel run --config=bench LABEL`.

    Args:
      name: of the binary
      deps: beside Google Benchmark
      **kwargs: of cc_binary
    """
    cc_binary(
        name = name,
        testonly = True,
        copts = _WARNINGS,
        features = _FEATURES,
        tags = ["manual", "bench"],
        deps = deps + ["//third_party:benchmark"],
        **kwargs
    )
