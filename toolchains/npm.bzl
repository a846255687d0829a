"""npm_package: one package of the npm registry, pinned by integrity; nothing is installed.

    npm_package(
        name = "npm_preact",
        package = "preact",
        version = "10.24.3",
        integrity = "sha512-…",           # as `npm view preact@10.24.3 dist.integrity` prints it
        build_file = "//third_party/npm:preact.BUILD",
    )

The tarball's content lies at the repository's root (its "package/" folder is stripped), for example
@npm_preact//:dist/preact.module.js. No dependency is fetched, no install script is run.

Where from: --repo_env=NPM_REGISTRY=URL, else what `npm config get registry` says on this machine,
so that a mirror needs no change here and no host is named in the tree. The file goes through
Bazel's downloader: --repository_cache and --distdir serve it without npm and without a network.
"""

_NO_NPM = """%s comes from the npm registry; neither is NPM_REGISTRY set nor `npm` installed.
  apt-get install --no-install-recommends npm      (Debian's package; `./otm` installs it by itself)
  or: bazel build --repo_env=NPM_REGISTRY=URL ...  (any registry or mirror; no npm needed)"""

def _registry(ctx):
    if ctx.os.environ.get("NPM_REGISTRY"):
        return ctx.os.environ["NPM_REGISTRY"].rstrip("/")
    npm = ctx.which("npm")
    if not npm:
        return ""
    result = ctx.execute([npm, "config", "get", "registry"])
    if result.return_code != 0:
        fail("`npm config get registry` failed: " + result.stderr[-2000:])
    return result.stdout.strip().rstrip("/")

def _npm_package_impl(ctx):
    registry = _registry(ctx)
    name = ctx.attr.package.split("/")[-1]  # "@bazel/buildifier" -> "buildifier"
    path = "%s/-/%s-%s.tgz" % (ctx.attr.package, name, ctx.attr.version)

    # Without a registry a cache or a --distdir may still hold the file: ask, and explain only when
    # it does not.
    done = ctx.download(
        url = (registry or "file:///no-npm-registry-configured") + "/" + path,
        output = ".package.tgz",
        integrity = ctx.attr.integrity,
        allow_fail = not registry,
    )
    if not done.success:
        fail(_NO_NPM % ctx.attr.package)
    ctx.extract(".package.tgz", stripPrefix = ctx.attr.strip_prefix)
    ctx.delete(".package.tgz")
    ctx.file("WORKSPACE", "")
    ctx.template("BUILD.bazel", ctx.attr.build_file)

npm_package = repository_rule(
    implementation = _npm_package_impl,
    doc = "One npm package, pinned by integrity; see the head of this file.",
    environ = ["NPM_REGISTRY"],
    attrs = {
        "build_file": attr.label(mandatory = True, doc = "becomes BUILD.bazel"),
        "integrity": attr.string(mandatory = True, doc = "sha512-… of the tarball"),
        "package": attr.string(mandatory = True, doc = "as npm names it, with its scope"),
        "strip_prefix": attr.string(default = "package", doc = "the tarball's top folder"),
        "version": attr.string(mandatory = True, doc = "exact"),
    },
)
