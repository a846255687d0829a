"""What comes from the npm registry: development tools and the pages' libraries.

Version and integrity are those that `npm view NAME@VERSION dist.integrity` prints; a package is
fetched when a target first needs it, so a machine that only builds C++ needs no npm.
"""

load("//toolchains:npm.bzl", "npm_package")

# repository: (package, version, integrity); its files are described by REPOSITORY.BUILD beside this
# file.
_PACKAGES = {
    # Formats and lints BUILD files; the package holds the binaries of all platforms.
    "npm_buildifier": (
        "@bazel/buildifier",
        "8.2.1",
        "sha512-eZ/Aq+2r4PcJa6LbPCT6ffgIJfTU/gYilqIzoX2OLM4nNkbQC6tTMPZNn7aHHjhGPxbNLv41zm4Xqt1olCLgXw==",
    ),
}

def npm_repositories():
    """Declares one repository a package."""
    for name, (package, version, integrity) in _PACKAGES.items():
        npm_package(
            name = name,
            build_file = "//third_party/npm:%s.BUILD" % name,
            integrity = integrity,
            package = package,
            version = version,
        )
