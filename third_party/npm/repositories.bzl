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
    # The pages' libraries, embedded as they are: no bundler, no transpiler.
    "npm_dompurify": (
        "dompurify",
        "3.4.18",
        "sha512-ofe3wI/uNm68HInABYFJYqQxRw1EaKAjNdrFVKqjUY+UZurvNd2L/HuQe097s/4RivWiZyP6tT7aoT8atjfhwg==",
    ),
    "npm_htm": (
        "htm",
        "3.1.1",
        "sha512-983Vyg8NwUE7JkZ6NmOqpCZ+sh1bKv2iYTlUkzlWmA5JD2acKoxd4KVxbMmxX/85mtfdnDmTFoNKcg5DGAvxNQ==",
    ),
    "npm_marked": (
        "marked",
        "18.2.1",
        "sha512-ii4bxCTCqqwpT86XZWgJNs+ZnAIZksmLGYMViWA7PDIXYIeNo1x6cDdX3JOip9NM/cI6p8z57FxliACboTruMA==",
    ),
    "npm_preact": (
        "preact",
        "11.2.0",
        "sha512-/HfHI/7N84e6GrWBJ3J280z3mLaRJiDcSvj/A+y/4AbLnND/1UlGHe1sR6oYuTGwId0nP7dqDU9OnLxMPZ7xBg==",
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
