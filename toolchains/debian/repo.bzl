"""Repository rules: trees of pinned Debian packages and of pinned Debian sources.

A file is fetched by its pool path from the mirror that this machine's apt is configured for (nothing is installed, no
package index is read), and must have the SHA-256 in the lock. It goes through Bazel's downloader, so
--repository_cache and --distdir serve it without any network.
"""

def _run(ctx, args, **kwargs):
    result = ctx.execute(args, **kwargs)
    if result.return_code != 0:
        fail("%s failed (%d):\n%s\n%s" % (" ".join([str(a) for a in args[:2]]), result.return_code, result.stdout[-2000:], result.stderr[-4000:]))
    return result.stdout

def _mirror(ctx, suite):
    """The mirror's base URL: DEBIAN_MIRROR, else apt's source for the suite."""
    if "DEBIAN_MIRROR" in ctx.os.environ:
        return ctx.os.environ["DEBIAN_MIRROR"]
    end = "/dists/%s/InRelease'" % suite
    if ctx.which("apt-get"):
        # Prints what `apt-get update` would fetch; touches neither the network nor apt's own state.
        args = ["apt-get", "-oDebug::NoLocking=1", "-oDir::State::lists=" + str(ctx.path(".apt")), "--print-uris", "update"]
        _run(ctx, ["mkdir", "-p", ".apt/partial"])
        lines = _run(ctx, args, environment = {"LC_ALL": "C"}).split("\n")
        ctx.delete(".apt")
        for line in lines:
            if line.startswith("'") and end in line:
                return line[1:line.find(end)]

    # Nothing to fetch from, but a cache or a --distdir may still hold every file.
    return "file:///no-debian-mirror-configured"

def _download(ctx, mirror, entry, output):
    ctx.download(
        url = mirror + "/" + entry["filename"],
        sha256 = entry["sha256"],
        output = output,
    )

_REMOVE_BUILD_FILES = "find . '(' -name BUILD -o -name BUILD.bazel -o -name WORKSPACE ')' -type f -delete"

def _finish(ctx, patches = []):
    for patch in patches:
        ctx.patch(patch, strip = 1)
    _run(ctx, ["sh", "-ec", _REMOVE_BUILD_FILES])
    for label, path in ctx.attr.files.items():
        ctx.template(path, label)
    ctx.file("WORKSPACE", "")
    ctx.template("BUILD.bazel", ctx.attr.build_file, ctx.attr.substitutions)

_COMMON_ATTRS = {
    "build_file": attr.label(mandatory = True),
    "substitutions": attr.string_dict(doc = "replaced in build_file"),
    "files": attr.label_keyed_string_dict(doc = "files of ours, to their paths in the tree"),
}

_LOCK = attr.label(mandatory = True, doc = "a file of lock/, written by update_lock.py")

# Absolute symlinks would point into this machine: make them relative to the package's root.
_RELATIVE_LINKS = """
find . -type l -lname '/*' | while read -r link; do
  case %s in merged) top=$PWD ;; *) top=$PWD/$(echo "$link" | cut -d/ -f2) ;; esac
  ln -sfn "$(realpath -ms --relative-to="$(dirname "$link")" "$top$(readlink "$link")")" "$link"
done
"""

def _deb_tree_impl(ctx):
    lock = json.decode(ctx.read(ctx.path(ctx.attr.lock)))
    mirror = _mirror(ctx, lock["suite"])
    script = ["set -eu", "umask 022"]
    options = " ".join(["--exclude='%s'" % e for e in ctx.attr.exclude])
    for i, p in enumerate(lock["packages"]):
        ctx.report_progress("%s (%d of %d)" % (p["name"], i + 1, len(lock["packages"])))
        deb = ".debs/%s.deb" % p["name"]
        _download(ctx, mirror, p, deb)
        root = "." if ctx.attr.merge else p["name"]
        script.append("mkdir -p '%s'" % root)
        script.append("dpkg-deb --fsys-tarfile '%s' | tar -x --no-same-owner -C '%s' %s %s" % (deb, root, options, " ".join(["'%s'" % m for m in ctx.attr.only])))
    script.append("rm -rf .debs")
    script.append(_RELATIVE_LINKS % ("merged" if ctx.attr.merge else "apart"))
    # A link to a package that is not in the lock: nothing could use it, and Bazel's disk cache refuses the folder around it.
    script.append("find . -xtype l -delete")
    if ctx.attr.script:
        script.append(ctx.read(ctx.path(ctx.attr.script)))
    ctx.report_progress("extracting")
    ctx.file(".extract.sh", "\n".join(script) + "\n")
    _run(ctx, ["sh", ".extract.sh"], timeout = 1800)
    ctx.delete(".extract.sh")
    _finish(ctx)

deb_tree = repository_rule(
    implementation = _deb_tree_impl,
    doc = "Binary packages, unpacked: one folder each, or all in one tree.",
    environ = ["DEBIAN_MIRROR"],
    attrs = dict(
        _COMMON_ATTRS,
        lock = _LOCK,
        merge = attr.bool(doc = "one tree for all packages, else one folder a package"),
        exclude = attr.string_list(doc = "tar patterns left out"),
        only = attr.string_list(doc = "the members to unpack; all where empty"),
        script = attr.label(doc = "shell lines run in the unpacked tree"),
    ),
)

def _deb_source_impl(ctx):
    patches = []
    if ctx.attr.series:
        for line in ctx.read(ctx.path(ctx.attr.series)).split("\n"):
            if line and not line.startswith("#"):
                folder = ctx.attr.series.name.rpartition("/")[0]
                patches.append(ctx.path(ctx.attr.series.relative(":%s/%s" % (folder, line))))
    lock = json.decode(ctx.read(ctx.path(ctx.attr.lock)))
    found = [p for p in lock["packages"] if p["name"] == ctx.attr.package]
    if not found:
        fail("%s is not in %s" % (ctx.attr.package, ctx.attr.lock))
    mirror = _mirror(ctx, lock["suite"])
    for part in ["orig", "debian"]:
        if part in found[0]:
            _download(ctx, mirror, found[0][part], ".%s.tar" % part)

    # The orig tarball carries none of Debian's patches (of which many are security fixes): the series is applied here.
    _run(ctx, ["sh", "-euc", """
tar -xf .orig.tar --strip-components=1 --no-same-owner
[ ! -f .debian.tar ] || tar -xf .debian.tar --no-same-owner
rm -f .orig.tar .debian.tar
if [ -f debian/patches/series ]; then
  sed 's/#.*//;s/[[:space:]].*//' debian/patches/series | while read -r p; do
    [ -z "$p" ] || patch -p1 -s -f --no-backup-if-mismatch < "debian/patches/$p"
  done
fi
rm -rf debian"""])
    _finish(ctx, patches)

deb_source = repository_rule(
    implementation = _deb_source_impl,
    doc = "A source package with Debian's own patches, then our series, applied.",
    environ = ["DEBIAN_MIRROR"],
    attrs = dict(
        _COMMON_ATTRS,
        lock = _LOCK,
        package = attr.string(mandatory = True),
        series = attr.label(doc = "a list of our patches, one file name a line, which lie beside it; applied in order with -p1"),
    ),
)
