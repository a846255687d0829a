"""One target built, or tested, for one architecture, whatever --platforms says."""

ARCHITECTURES = ["amd64", "arm64"]

_PLATFORMS = {"amd64": "//toolchains:linux_x86_64", "arm64": "//toolchains:linux_aarch64"}
_CPUS = {"amd64": "k8", "arm64": "aarch64"}

# --platforms picks the toolchain; --cpu names the output folder, so that the two builds stand side
# by side.
def _transition_impl(_settings, attr):
    return {
        "//command_line_option:cpu": _CPUS[attr.arch],
        "//command_line_option:platforms": [_PLATFORMS[attr.arch]],
    }

arch_transition = transition(
    implementation = _transition_impl,
    inputs = [],
    outputs = ["//command_line_option:cpu", "//command_line_option:platforms"],
)

_ALLOWLIST = attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist")

def _for_arch_impl(ctx):
    info = ctx.attr.target[0][DefaultInfo]
    built = info.files_to_run.executable or info.files.to_list()[0]
    out = ctx.actions.declare_file("%s/%s" % (ctx.attr.arch, built.basename))
    ctx.actions.symlink(output = out, target_file = built, is_executable = True)
    return [DefaultInfo(files = depset([out]), executable = out, runfiles = info.default_runfiles)]

for_arch = rule(
    implementation = _for_arch_impl,
    doc = "The target's program for one architecture.",
    executable = True,
    attrs = {
        "target": attr.label(cfg = arch_transition, mandatory = True, allow_files = True),
        "arch": attr.string(values = ARCHITECTURES),
        "_allowlist_function_transition": _ALLOWLIST,
    },
)

def _runfile(ctx, file):
    path = file.short_path
    return path[3:] if path.startswith("../") else ctx.workspace_name + "/" + path

_RUN = """#!/bin/sh
R="${RUNFILES_DIR:-$TEST_SRCDIR}"
exec %s"$R/%s" "$@"
"""

def _arch_test_impl(ctx):
    target = ctx.attr.target[0][DefaultInfo]
    program = target.files_to_run.executable
    emulator, files = "", [program]
    if ctx.attr.arch == "arm64":
        emulator = '"$R/%s" -L "$R/sysroot_arm64" ' % _runfile(ctx, ctx.file._qemu)
        files = files + [ctx.file._qemu] + ctx.files._sysroot
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(
        output = script,
        content = _RUN % (emulator, _runfile(ctx, program)),
        is_executable = True,
    )
    runfiles = ctx.runfiles(files = files).merge(target.default_runfiles)
    return [DefaultInfo(executable = script, runfiles = runfiles)]

arch_test = rule(
    implementation = _arch_test_impl,
    doc = "A C++ test, built and run for one architecture: aarch64 in the locked qemu and libc.",
    test = True,
    attrs = {
        "target": attr.label(cfg = arch_transition, mandatory = True),
        "arch": attr.string(values = ARCHITECTURES),
        "_qemu": attr.label(
            default = "@qemu//:usr/bin/qemu-aarch64-static",
            allow_single_file = True,
        ),
        "_sysroot": attr.label(default = "@sysroot_arm64//:runtime"),
        "_allowlist_function_transition": _ALLOWLIST,
    },
)
