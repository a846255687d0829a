"""Files compiled into a program by clang's #embed: no tool but the compiler."""

load("@rules_cc//cc:defs.bzl", "cc_library")

_ARRAY = """constexpr unsigned char kFile%d[] = {
#embed "%s" suffix(, )
0};"""
_ROW = """    {"%s", {reinterpret_cast<const char*>(kFile%d), sizeof kFile%d - 1}},"""

def _sources_impl(ctx):
    root = ctx.label.package + "/" + ctx.attr.strip_prefix
    root = root.rstrip("/") + "/"
    arrays, rows = [], []
    for i, f in enumerate(sorted(ctx.files.srcs, key = _path)):
        if not f.short_path.startswith(root):
            fail("%s is not under %s" % (f.short_path, root))

        # The 0 after the content also gives an empty file an array.
        arrays.append(_ARRAY % (i, f.path))
        rows.append(_ROW % (f.short_path[len(root):], i, i))
    ctx.actions.write(ctx.outputs.header, """#pragma once

#include <span>

#include "toolchains/rules/embed/file.h"

namespace embedded {{

// The files of {label}, sorted by path.
std::span<const File> {name}();

}}  // namespace embedded
""".format(label = str(ctx.label), name = ctx.attr.function))
    ctx.actions.write(ctx.outputs.source, """#include "{header}"

namespace {{
{arrays}
const embedded::File kFiles[] = {{
{rows}
}};
}}  // namespace

std::span<const embedded::File> embedded::{name}() {{
  return kFiles;
}}
""".format(
        arrays = "\n".join(arrays),
        header = ctx.outputs.header.short_path,
        name = ctx.attr.function,
        rows = "\n".join(rows),
    ))

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
    },
)

def embed_files(name, srcs, strip_prefix = "", **kwargs):
    """A cc_library NAME with the header NAME.h, which declares embedded::NAME().

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
        textual_hdrs = srcs,
        deps = ["//toolchains/rules/embed:file"],
        **kwargs
    )
