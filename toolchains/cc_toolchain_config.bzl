"""Clang 19 from the locked tree, for one target CPU. Everything but glibc is linked statically."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load(
    "@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl",
    "feature",
    "feature_set",
    "flag_group",
    "flag_set",
    "tool_path",
    "with_feature_set",
)

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

# A table per architecture; everything else is the same for both.
#   deb           the architecture as Debian names it
#   march         the oldest CPU: x86-64-v2 (2009 and later), Raspberry Pi 4
#   control_flow  a jump or return that an attacker bent ends the process: CET, or BTI and PAC;
#                 older CPUs run the marks as no-ops
_ARCHITECTURES = {
    "aarch64": struct(
        control_flow = "-mbranch-protection=standard",
        deb = "arm64",
        march = "armv8-a",
    ),
    "x86_64": struct(
        control_flow = "-fcf-protection=full",
        deb = "amd64",
        march = "x86-64-v2",
    ),
}

# ---- Flags, in groups ----------------------------------------------------------------------------

# The same bytes from any folder, on any day.
_REPRODUCIBLE = [
    "-ffile-compilation-dir=.",
    "-Wdate-time",
    "-Werror=date-time",
    "-Wno-builtin-macro-redefined",
    "-D__DATE__=\"redacted\"",
    "-D__TIME__=\"redacted\"",
    "-D__TIMESTAMP__=\"redacted\"",
]

# A smashed stack ends the process, whatever the mode; frame pointers make every profile and report
# readable.
_ALWAYS = [
    "-fPIC",
    "-fno-omit-frame-pointer",
    "-fstack-protector-strong",
    "-Wall",
]

# Overruns of known buffers and of containers end the process; variables that nobody set are 0, not
# old secrets. -O2 comes with them: FORTIFY needs an optimiser.
_HARDENED_OPT = [
    "-O2",
    "-DNDEBUG",
    "-D_FORTIFY_SOURCE=3",
    "-D_GLIBCXX_ASSERTIONS",
    "-ftrivial-auto-var-init=zero",
]

# One section a function, so that the linker can drop what nothing calls: static libraries are
# large.
_SECTIONS = ["-ffunction-sections", "-fdata-sections"]

_DEBUG = ["-O0", "-g", "-D_GLIBCXX_ASSERTIONS"]

_FAST = ["-O1", "-g0"]

# Everything but glibc is in the program. -l:libstdc++.a, since the driver is clang, not clang++.
_STATIC_LIBRARIES = ["-static-libgcc", "-l:libstdc++.a", "-lm", "-pthread"]

# Tables that a write could bend are read-only before main() runs, and the program lies at a random
# address.
_HARDENED_LINK = ["-Wl,-z,relro,-z,now", "-Wl,-z,noexecstack"]

# A build id finds the symbols of a crash; a warning of the linker is a mistake in a BUILD file.
_LINKER = ["-Wl,--build-id=sha1", "-Wl,--hash-style=gnu", "-Wl,--as-needed", "-Wl,--fatal-warnings"]

# ---- The toolchain's tools and features ----------------------------------------------------------

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

def _fuzzer():
    return feature(name = "fuzzer", flag_sets = [
        _flags(_COMPILE, ["-fsanitize=fuzzer-no-link"]),
        _flags(_LINK, ["-fsanitize=fuzzer"]),
    ])

def _layering():
    """layering_check: only who names a target in deps may include its headers."""
    modular = [
        ACTION_NAMES.c_compile,
        ACTION_NAMES.cpp_compile,
        ACTION_NAMES.cpp_header_parsing,
    ]
    own = ["-fmodule-name=%{module_name}", "-fmodule-map-file=%{module_map_file}"]
    of_deps = flag_group(
        flags = ["-fmodule-map-file=%{dependent_module_map_files}"],
        iterate_over = "dependent_module_map_files",
    )
    strict = flag_group(flags = ["-fmodules-strict-decluse", "-Wprivate-header"])
    return [
        feature(name = "module_maps", enabled = True),
        feature(
            name = "use_module_maps",
            flag_sets = [_flags(modular, own)],
            requires = [feature_set(features = ["module_maps"])],
        ),
        feature(
            name = "layering_check",
            flag_sets = [flag_set(actions = modular, flag_groups = [strict, of_deps])],
            implies = ["use_module_maps"],
        ),
    ]

def _user_compile_flags():
    """A target's copts come last, so that they win."""
    group = flag_group(
        expand_if_available = "user_compile_flags",
        flags = ["%{user_compile_flags}"],
        iterate_over = "user_compile_flags",
    )
    return feature(
        name = "user_compile_flags",
        enabled = True,
        flag_sets = [flag_set(actions = _COMPILE, flag_groups = [group])],
    )

def _strip_debug_symbols():
    """--strip=always."""
    group = flag_group(flags = ["-Wl,-S"], expand_if_available = "strip_debug_symbols")
    return feature(
        name = "strip_debug_symbols",
        enabled = True,
        flag_sets = [flag_set(actions = _LINK, flag_groups = [group])],
    )

def _compile_flags(cpu, locked):
    arch = _ARCHITECTURES[cpu]
    return feature(name = "default_compile_flags", enabled = True, flag_sets = [
        _flags(_COMPILE, locked + ["-resource-dir=external/llvm19/" + _RESOURCES]),
        _flags(_COMPILE, ["-march=" + arch.march, arch.control_flow]),
        _flags(_COMPILE, _ALWAYS + _REPRODUCIBLE),
        _flags(_CPP, ["-std=c++23"]),
        _flags(_COMPILE, _HARDENED_OPT + _SECTIONS, "opt"),
        _flags(_COMPILE, _DEBUG, "dbg"),
        _flags(_COMPILE, _FAST, "fastbuild"),
    ])

def _link_flags(sysroot, locked):
    return feature(name = "default_link_flags", enabled = True, flag_sets = [
        _flags(_LINK, locked + [
            # The target's own runtimes, not those beside the compiler.
            "-resource-dir=%s/%s" % (sysroot, _RESOURCES),
            "--ld-path=external/llvm19/bin/ld.lld",
        ]),
        _flags(_LINK, _STATIC_LIBRARIES + _HARDENED_LINK + _LINKER),
        _flags([ACTION_NAMES.cpp_link_executable], ["-pie"]),
        _flags(_LINK, ["-Wl,--gc-sections"], "opt"),
    ])

def _config_impl(ctx):
    arch = _ARCHITECTURES[ctx.attr.cpu]
    triple = ctx.attr.cpu + "-linux-gnu"
    sysroot = "external/sysroot_" + arch.deb

    # Never this machine's: target, headers and libraries are those of the lock. /proc/self/exe is
    # the tree's own loader, hence -no-canonical-prefixes.
    locked = ["--target=" + triple, "--sysroot=" + sysroot, "-no-canonical-prefixes"]
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
        tool_paths = [
            tool_path(name = name, path = "bin/" + tool)
            for name, tool in _TOOLS.items()
        ],
        features = [
            feature(name = "opt"),
            feature(name = "dbg"),
            feature(name = "fastbuild"),
            feature(name = "supports_start_end_lib", enabled = True),
            # --config=release: no symbol table; the build id stays.
            feature(name = "strip_all", flag_sets = [_flags(_LINK, ["-Wl,--strip-all"])]),
            _compile_flags(ctx.attr.cpu, locked),
            _link_flags(sysroot, locked),
            _strip_debug_symbols(),
            _sanitizer("asan", "address"),
            _sanitizer("tsan", "thread"),
            _sanitizer("ubsan", "undefined"),
            _fuzzer(),
            _user_compile_flags(),
        ] + _layering(),
    )

_clang_config = rule(
    implementation = _config_impl,
    attrs = {
        "cpu": attr.string(values = _ARCHITECTURES.keys()),
    },
    provides = [CcToolchainConfigInfo],
)

def clang_toolchain(name, cpu):
    """Defines NAME_cc and NAME_toolchain; to be called in the root package of @llvm19.

    Args:
      name: prefix of the targets
      cpu: the target's CPU as the triple and @platforms name it
    """
    sysroot = "@sysroot_%s//:" % _ARCHITECTURES[cpu].deb
    _clang_config(name = name + "_config", cpu = cpu)
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
