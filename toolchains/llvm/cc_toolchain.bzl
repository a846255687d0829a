"""Clang 19 from the locked tree, for one target CPU. Everything but glibc is linked statically."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl", "feature", "feature_set", "flag_group", "flag_set", "tool_path", "with_feature_set")

_CPP = [
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.linkstamp_compile,
    ACTION_NAMES.cpp_header_parsing,
    ACTION_NAMES.cpp_module_compile,
    ACTION_NAMES.cpp_module_codegen,
]
_COMPILE = _CPP + [
    ACTION_NAMES.c_compile,
    ACTION_NAMES.assemble,
    ACTION_NAMES.preprocess_assemble,
    ACTION_NAMES.lto_backend,
    ACTION_NAMES.clif_match,
]
_LINK = [
    ACTION_NAMES.cpp_link_executable,
    ACTION_NAMES.cpp_link_dynamic_library,
    ACTION_NAMES.cpp_link_nodeps_dynamic_library,
]

_RESOURCES = "usr/lib/llvm-19/lib/clang/19"

_MARCH = {"x86_64": "x86-64-v2", "aarch64": "armv8-a"}

# A jump or return that an attacker bent ends the process: CET on x86, BTI and PAC on arm. Older CPUs run them as no-ops.
_CONTROL_FLOW = {"x86_64": "-fcf-protection=full", "aarch64": "-mbranch-protection=standard"}

_TOOLS = {
    "gcc": "clang",
    "cpp": "clang",
    "ld": "ld.lld",
    "ar": "llvm-ar",
    "nm": "llvm-nm",
    "objcopy": "llvm-objcopy",
    "objdump": "llvm-objdump",
    "strip": "llvm-strip",
    "gcov": "llvm-cov",
    "llvm-cov": "llvm-cov",
    "llvm-profdata": "llvm-profdata",
    "dwp": "llvm-objcopy",
}

def _flags(actions, flags, in_mode = None):
    return flag_set(
        actions = actions,
        flag_groups = [flag_group(flags = flags)],
        with_features = [with_feature_set(features = [in_mode])] if in_mode else [],
    )

def _sanitizer(name, flag):
    return feature(name = name, flag_sets = [
        _flags(_COMPILE + _LINK, ["-fsanitize=" + flag]),
        # The driver is clang, not clang++: it would leave out the runtime's C++ part.
        _flags(_LINK, ["-fsanitize-link-c++-runtime"]),
        _flags(_COMPILE, ["-fno-sanitize-recover=all", "-gline-tables-only"]),
    ])

def _config_impl(ctx):
    triple = ctx.attr.cpu + "-linux-gnu"
    sysroot = "external/sysroot_" + ctx.attr.deb_arch
    common = ["--target=" + triple, "--sysroot=" + sysroot, "-no-canonical-prefixes"]
    compile_flags = feature(name = "default_compile_flags", enabled = True, flag_sets = [
        _flags(_COMPILE, common + [
            "-resource-dir=external/llvm19/" + _RESOURCES,
            "-march=" + _MARCH[ctx.attr.cpu],
            _CONTROL_FLOW[ctx.attr.cpu],
            "-fPIC",
            "-fno-omit-frame-pointer",
            "-fstack-protector-strong",
            "-Wall",
            # The same bytes from any folder, on any day.
            "-ffile-compilation-dir=.",
            "-Wdate-time",
            "-Werror=date-time",
            "-Wno-builtin-macro-redefined",
            "-D__DATE__=\"redacted\"",
            "-D__TIME__=\"redacted\"",
            "-D__TIMESTAMP__=\"redacted\"",
        ]),
        _flags(_CPP, ["-std=c++23"]),
        _flags(_COMPILE, ["-O2", "-DNDEBUG", "-D_FORTIFY_SOURCE=3", "-D_GLIBCXX_ASSERTIONS", "-ftrivial-auto-var-init=zero", "-ffunction-sections", "-fdata-sections"], "opt"),
        _flags(_COMPILE, ["-O0", "-g", "-D_GLIBCXX_ASSERTIONS"], "dbg"),
        _flags(_COMPILE, ["-O1", "-g0"], "fastbuild"),
    ])
    link_flags = feature(name = "default_link_flags", enabled = True, flag_sets = [
        _flags(_LINK, common + [
            "-resource-dir=%s/%s" % (sysroot, _RESOURCES),
            "--ld-path=external/llvm19/bin/ld.lld",
            "-static-libgcc",
            "-l:libstdc++.a",
            "-lm",
            "-pthread",
            "-Wl,-z,relro,-z,now",
            "-Wl,--build-id=sha1",
            "-Wl,--hash-style=gnu",
            "-Wl,--as-needed",
            "-Wl,--fatal-warnings",
        ]),
        _flags([ACTION_NAMES.cpp_link_executable], ["-pie"]),
        _flags(_LINK, ["-Wl,--gc-sections"], "opt"),
    ])
    fuzzer = feature(name = "fuzzer", flag_sets = [
        _flags(_COMPILE, ["-fsanitize=fuzzer-no-link"]),
        _flags(_LINK, ["-fsanitize=fuzzer"]),
    ])

    # layering_check: a target's headers may be included by those that name it in deps, and by nobody else.
    modular = [ACTION_NAMES.c_compile, ACTION_NAMES.cpp_compile, ACTION_NAMES.cpp_header_parsing]
    layering = [
        feature(name = "module_maps", enabled = True),
        feature(name = "use_module_maps", requires = [feature_set(features = ["module_maps"])], flag_sets = [
            _flags(modular, ["-fmodule-name=%{module_name}", "-fmodule-map-file=%{module_map_file}"]),
        ]),
        feature(name = "layering_check", implies = ["use_module_maps"], flag_sets = [flag_set(
            actions = modular,
            flag_groups = [
                flag_group(flags = ["-fmodules-strict-decluse", "-Wprivate-header"]),
                flag_group(
                    flags = ["-fmodule-map-file=%{dependent_module_map_files}"],
                    iterate_over = "dependent_module_map_files",
                ),
            ],
        )]),
    ]
    user_compile_flags = feature(name = "user_compile_flags", enabled = True, flag_sets = [flag_set(
        actions = _COMPILE,
        flag_groups = [flag_group(
            expand_if_available = "user_compile_flags",
            flags = ["%{user_compile_flags}"],
            iterate_over = "user_compile_flags",
        )],
    )])
    strip_debug_symbols = feature(name = "strip_debug_symbols", enabled = True, flag_sets = [flag_set(
        actions = _LINK,
        flag_groups = [flag_group(flags = ["-Wl,-S"], expand_if_available = "strip_debug_symbols")],
    )])
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        toolchain_identifier = "clang19-" + ctx.attr.cpu,
        host_system_name = "local",
        target_system_name = triple,
        target_cpu = ctx.attr.cpu,
        target_libc = "glibc-2.36",
        compiler = "clang",
        abi_version = "gnu",
        abi_libc_version = "2.36",
        builtin_sysroot = sysroot,
        cxx_builtin_include_directories = [
            "%sysroot%/usr/include",
            "%package(@llvm19//)%/" + _RESOURCES + "/include",
            "%package(@llvm19//)%/" + _RESOURCES + "/share",
        ],
        tool_paths = [tool_path(name = name, path = "bin/" + tool) for name, tool in _TOOLS.items()],
        features = [
            feature(name = "opt"),
            feature(name = "dbg"),
            feature(name = "fastbuild"),
            feature(name = "supports_start_end_lib", enabled = True),
            compile_flags,
            link_flags,
            strip_debug_symbols,
            _sanitizer("asan", "address"),
            _sanitizer("tsan", "thread"),
            _sanitizer("ubsan", "undefined"),
            fuzzer,
            user_compile_flags,
        ] + layering,
    )

_clang_config = rule(
    implementation = _config_impl,
    attrs = {
        "cpu": attr.string(values = ["x86_64", "aarch64"]),
        "deb_arch": attr.string(values = ["amd64", "arm64"]),
    },
    provides = [CcToolchainConfigInfo],
)

def clang_toolchain(name, cpu, deb_arch):
    """Defines NAME_cc and NAME_toolchain; to be called in the root package of @llvm19.

    Args:
      name: prefix of the targets
      cpu: the target's CPU as the triple and @platforms name it
      deb_arch: the same as Debian names it
    """
    sysroot = "@sysroot_%s//:" % deb_arch
    _clang_config(name = name + "_config", cpu = cpu, deb_arch = deb_arch)
    for files in ["compile", "link", "all"]:
        native.filegroup(name = name + "_" + files, srcs = [":tools", sysroot + files])
    native.cc_toolchain(
        name = name + "_cc",
        all_files = name + "_all",
        ar_files = ":tools",
        as_files = name + "_compile",
        compiler_files = name + "_compile",
        dwp_files = ":tools",
        linker_files = name + "_link",
        module_map = name + ".modulemap",
        objcopy_files = ":tools",
        strip_files = ":tools",
        supports_param_files = 1,
        toolchain_config = name + "_config",
    )
    native.toolchain(
        name = name + "_toolchain",
        exec_compatible_with = ["@platforms//os:linux", "@platforms//cpu:x86_64"],
        target_compatible_with = ["@platforms//os:linux", "@platforms//cpu:" + cpu],
        toolchain = name + "_cc",
        toolchain_type = "@bazel_tools//tools/cpp:toolchain_type",
    )
