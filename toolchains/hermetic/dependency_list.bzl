"""Every file that the compiler reads for one source, as a make rule, for one architecture."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")
load("//toolchains/rules:multi_arch.bzl", "ARCHITECTURES", "arch_transition")

def _impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        cc_toolchain = toolchain,
        ctx = ctx,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features + ["layering_check", "module_maps"],
    )
    context = ctx.attr.target[CcInfo].compilation_context
    flags = cc_common.get_memory_inefficient_command_line(
        action_name = ACTION_NAMES.cpp_compile,
        feature_configuration = features,
        variables = cc_common.create_compile_variables(
            cc_toolchain = toolchain,
            feature_configuration = features,
            include_directories = context.includes,
            preprocessor_defines = context.defines,
            quote_include_directories = context.quote_includes,
            source_file = ctx.file.source.path,
            system_include_directories = context.system_includes,
        ),
    )
    compiler = cc_common.get_tool_for_action(
        action_name = ACTION_NAMES.cpp_compile,
        feature_configuration = features,
    )
    out = ctx.actions.declare_file(ctx.label.name + ".d")

    # -M and not -MM: the system's headers are the point.
    ctx.actions.run(
        executable = compiler,
        arguments = flags + ["-M", "-MF", out.path, ctx.file.source.path],
        inputs = depset([ctx.file.source], transitive = [context.headers, toolchain.all_files]),
        mnemonic = "DependencyList",
        outputs = [out],
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles(files = [out]))]

dependency_list = rule(
    implementation = _impl,
    cfg = arch_transition,
    attrs = {
        "arch": attr.string(mandatory = True, values = ARCHITECTURES),
        "source": attr.label(allow_single_file = [".cc"], mandatory = True),
        "target": attr.label(doc = "what has the source", mandatory = True, providers = [CcInfo]),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
