"""Repository rules: trees of locked Debian packages (deb_tree), locked sources (deb_source).

A file is fetched by its pool path from the mirror that this machine's apt is configured for, or
from --repo_env=DEBIAN_MIRROR=URL, and must have the SHA-256 that debian.lock.json names. Nothing is
installed, no package index is read, root is not needed. The file goes through Bazel's downloader,
so --repository_cache and --distdir serve it without any network. On the machine: dpkg-deb, tar,
patch (bazel-bootstrap brings them) and xz.
"""

_NO_MIRROR = """%s is not in the repository cache, and apt here names no mirror for Debian %s.
  Add one to /etc/apt/sources.list, or: bazel build --repo_env=DEBIAN_MIRROR=URL ..."""

def _run(ctx, args, **kwargs):
    result = ctx.execute(args, **kwargs)
    if result.return_code != 0:
        what = " ".join([str(a) for a in args[:2]])
        output = result.stdout[-2000:] + "\n" + result.stderr[-4000:]
        fail("%s failed (%d):\n%s" % (what, result.return_code, output))
    return result.stdout

def _mirror(ctx, suite):
    """The mirror's base URL: DEBIAN_MIRROR, else apt's source for the suite, else ""."""
    if ctx.os.environ.get("DEBIAN_MIRROR"):
        return ctx.os.environ["DEBIAN_MIRROR"].rstrip("/")
    if not ctx.which("apt-get"):
        return ""

    # Prints what `apt-get update` would fetch; touches neither the network nor apt's own state.
    _run(ctx, ["mkdir", "-p", ".apt/partial"])
    lists = "-oDir::State::lists=" + str(ctx.path(".apt"))
    args = ["apt-get", "-oDebug::NoLocking=1", lists, "--print-uris", "update"]
    lines = _run(ctx, args, environment = {"LC_ALL": "C"}).split("\n")
    ctx.delete(".apt")
    end = "/dists/%s/InRelease'" % suite
    for line in lines:
        if line.startswith("'") and end in line:
            return line[1:line.find(end)]
    return ""

def _locked(ctx, group, arch):
    lock = json.decode(ctx.read(ctx.path(ctx.attr.lock)))
    files = [f for f in lock["files"] if f["group"] == group and f["arch"] == arch]
    return struct(suite = lock["suite"], mirror = _mirror(ctx, lock["suite"]), files = files)

def _download(ctx, locked, file, output):
    # Without a mirror a cache or a --distdir may still hold the file: ask, and explain only when it
    # does not.
    done = ctx.download(
        url = (locked.mirror or "file:///no-debian-mirror-configured") + "/" + file["filename"],
        sha256 = file["sha256"],
        output = output,
        allow_fail = not locked.mirror,
    )
    if not done.success:
        fail(_NO_MIRROR % (file["filename"], locked.suite))

def _finish(ctx, patches = []):
    for patch in patches:
        ctx.patch(patch, strip = 1)

    # Some packages ship BUILD files of their own (googletest).
    names = "-name BUILD -o -name BUILD.bazel -o -name WORKSPACE"
    _run(ctx, ["sh", "-ec", "find . '(' %s ')' -type f -delete" % names])
    for label, path in ctx.attr.files.items():
        ctx.template(path, label)
    ctx.file("WORKSPACE", "")
    ctx.template("BUILD.bazel", ctx.attr.build_file, ctx.attr.substitutions)

_COMMON_ATTRS = {
    "build_file": attr.label(mandatory = True, doc = "becomes BUILD.bazel"),
    "files": attr.label_keyed_string_dict(doc = "files of ours, to their paths in the tree"),
    "lock": attr.label(default = "//toolchains:debian.lock.json", doc = "written by lock.py"),
    "substitutions": attr.string_dict(doc = "replaced in build_file"),
}

# $top_of_link is the root of the package that a link belongs to. Absolute links would point into
# this machine: they become relative. A link to something that is not in the lock is removed:
# nothing could use it, and Bazel's disk cache refuses a folder that holds one.
_REPAIR_LINKS = """
find . -type l -lname '/*' | while read -r link; do
  top=$(top_of_link "$link")
  ln -sfn "$(realpath -ms --relative-to="$(dirname "$link")" "$top$(readlink "$link")")" "$link"
done
find . -xtype l -delete
"""
_TOP_IF_MERGED = 'top_of_link() { echo "$PWD"; }'
_TOP_IF_APART = 'top_of_link() { echo "$PWD/$(echo "$1" | cut -d/ -f2)"; }'

def _deb_tree_impl(ctx):
    locked = _locked(ctx, ctx.attr.group, ctx.attr.arch)
    if not locked.files:
        fail("the lock has no %s for %s; run toolchains/lock.py" % (ctx.attr.group, ctx.attr.arch))
    options = " ".join(["--exclude='%s'" % e for e in ctx.attr.exclude])
    members = " ".join(["'%s'" % m for m in ctx.attr.only])
    script = ["set -eu", "umask 022"]
    for i, file in enumerate(locked.files):
        name = file["name"]
        ctx.report_progress("%s (%d of %d)" % (name, i + 1, len(locked.files)))
        deb = ".debs/%s.deb" % name
        _download(ctx, locked, file, deb)
        root = "." if ctx.attr.merge else name
        script.append("mkdir -p '%s'" % root)
        script.append("dpkg-deb --fsys-tarfile '%s' | tar -x --no-same-owner -C '%s' %s %s" % (
            deb,
            root,
            options,
            members,
        ))
    script.append("rm -rf .debs")
    script.append(_TOP_IF_MERGED if ctx.attr.merge else _TOP_IF_APART)
    script.append(_REPAIR_LINKS)
    if ctx.attr.script:
        script.append(ctx.read(ctx.path(ctx.attr.script)))
    ctx.report_progress("unpacking")
    ctx.file(".unpack.sh", "\n".join(script) + "\n")
    _run(ctx, ["sh", ".unpack.sh"], timeout = 1800)
    ctx.delete(".unpack.sh")
    _finish(ctx)

deb_tree = repository_rule(
    implementation = _deb_tree_impl,
    doc = "One group of locked binary packages, unpacked: a folder each, or all in one tree.",
    environ = ["DEBIAN_MIRROR"],
    attrs = dict(
        _COMMON_ATTRS,
        arch = attr.string(mandatory = True, doc = "amd64 or arm64"),
        exclude = attr.string_list(doc = "tar patterns left out"),
        group = attr.string(mandatory = True, doc = "as debian.toml names it: [binary.GROUP]"),
        merge = attr.bool(doc = "one tree for all packages, else one folder a package"),
        only = attr.string_list(doc = "the members to unpack; all where empty"),
        script = attr.label(doc = "shell lines run in the unpacked tree"),
    ),
)

# Upstream's archive carries none of Debian's patches (of which many are security fixes): the series
# is applied here.
_UNPACK_SOURCE = """
tar -xf .orig.tar --strip-components=1 --no-same-owner
[ ! -f .debian.tar ] || tar -xf .debian.tar --no-same-owner
rm -f .orig.tar .debian.tar
if [ -f debian/patches/series ]; then
  sed 's/#.*//;s/[[:space:]].*//' debian/patches/series | while read -r p; do
    [ -z "$p" ] || patch -p1 -s -f --no-backup-if-mismatch < "debian/patches/$p"
  done
fi
rm -rf debian
"""

def _deb_source_impl(ctx):
    # All labels first: one that is first seen after a download would restart the rule from the top.
    patches = []
    if ctx.attr.series:
        folder = ctx.attr.series.name.rpartition("/")[0]
        for line in ctx.read(ctx.path(ctx.attr.series)).split("\n"):
            if line and not line.startswith("#"):
                patches.append(ctx.path(ctx.attr.series.relative(":%s/%s" % (folder, line))))
    locked = _locked(ctx, "source", "source")
    files = [f for f in locked.files if f["name"] == ctx.attr.package]
    if not files:
        fail("the lock has no source %s; run toolchains/lock.py" % ctx.attr.package)
    for file in files:
        part = ".debian.tar" if ".debian.tar" in file["filename"] else ".orig.tar"
        _download(ctx, locked, file, part)
    _run(ctx, ["sh", "-euc", _UNPACK_SOURCE])
    _finish(ctx, patches)

deb_source = repository_rule(
    implementation = _deb_source_impl,
    doc = "A locked source package with Debian's own patches, then our series, applied.",
    environ = ["DEBIAN_MIRROR"],
    attrs = dict(
        _COMMON_ATTRS,
        package = attr.string(mandatory = True, doc = "as debian.toml names it"),
        series = attr.label(doc = "our patches, which lie beside it; applied in order, -p1"),
    ),
)
