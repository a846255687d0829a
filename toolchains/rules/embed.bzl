"""Files compiled into a program by clang's #embed, with their compressed forms and hashes."""

load("@rules_cc//cc:defs.bzl", "cc_library")

def _sources_impl(ctx):
    root = ctx.label.package + "/" + ctx.attr.strip_prefix
    root = root.rstrip("/") + "/"
    args = ctx.actions.args()
    args.add_all([ctx.outputs.source, ctx.outputs.header.short_path, ctx.attr.function])
    packed = []
    for f in sorted(ctx.files.srcs, key = _path):
        if not f.short_path.startswith(root):
            fail("%s is not under %s" % (f.short_path, root))
        name = f.short_path[len(root):]
        base = "%s_packed/%s" % (ctx.attr.function, name)
        files = [ctx.actions.declare_file(base + ending) for ending in ["", ".gz", ".br"]]
        args.add_all([name, f.path, files[0].path])
        packed.extend(files)
    ctx.actions.run(
        outputs = packed + [ctx.outputs.source],
        inputs = ctx.files.srcs,
        executable = ctx.executable._pack,
        arguments = [args],
        mnemonic = "EmbedFiles",
        progress_message = "Packing %s" % ctx.label,
    )
    ctx.actions.write(ctx.outputs.header, """#pragma once

#include <span>

#include "toolchains/rules/embed/file.h"

namespace embedded {{

// The files of {label}, sorted by path.
std::span<const File> {name}();

}}  // namespace embedded
""".format(label = str(ctx.label), name = ctx.attr.function))
    return [DefaultInfo(files = depset(packed))]

def _path(file):
    return file.short_path

_sources = rule(
    implementation = _sources_impl,
    attrs = {
        "function": attr.string(mandatory = True),
        "header": attr.output(mandatory = True),
        "source": attr.output(mandatory = True),
        "srcs": attr.label_list(allow_files = True, mandatory = True),
        "strip_prefix": attr.string(),
        "_pack": attr.label(
            default = "//toolchains/rules/embed:pack",
            cfg = "exec",
            executable = True,
        ),
    },
)

def embed_files(name, srcs, strip_prefix = "", **kwargs):
    """A cc_library NAME with the header NAME.h, which declares embedded::NAME().

    In an .html file asset:PATH stands for the address of another file of srcs that changes with its
    content; http::Assets serves it, and all of them, compressed as the browser likes.

    Args:
      name: the target
      srcs: the files
      strip_prefix: the folder of this package that the paths start in
      **kwargs: of the cc_library
    """
    _sources(
        name = name + "_sources",
        function = name,
        header = name + ".h",
        source = name + ".cc",
        srcs = srcs,
        strip_prefix = strip_prefix,
    )
    cc_library(
        name = name,
        srcs = [name + ".cc"],
        hdrs = [name + ".h"],
        copts = ["--embed-dir=.", "-Wno-c23-extensions"],
        textual_hdrs = [name + "_sources"],
        deps = ["//toolchains/rules/embed:file"],
        **kwargs
    )
