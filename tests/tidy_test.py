#!/usr/bin/env python3
"""bazel test //tests:tidy_test: the tree keeps our own lints, and each lint says what it should.

The tree is read where this file really lies, so that new files are seen without a BUILD file naming
them.
"""

import pathlib
import re
import statistics
import unittest

from tests import cpp_scan
from tests import tidy_rules
from tests.tidy_rules import File

ROOT = pathlib.Path(__file__).resolve().parent.parent
SKIPPED = re.compile(r"\.git|bazel-.*|node_modules|__pycache__|\.cache")
READ = re.compile(
    r".*\.(cc|h|c|py|bzl|js|mjs|css|html|sh|md|toml|bazel|BUILD|txt|json|service)"
    r"|otm|\.bazelrc|WORKSPACE"
)


def read_tree():
    """Every text file of the project."""
    files, folders = [], [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if SKIPPED.fullmatch(path.name) or path.is_symlink():
                continue
            if path.is_dir():
                folders.append(path)
            elif READ.fullmatch(path.name):
                text = path.read_text(encoding="utf-8")
                files.append(File(path.relative_to(ROOT).as_posix(), text))
    return files


def found(path, text):
    return [str(f) for f in tidy_rules.check_file(File(path, text))]


HEADER = "// What it is.\n#pragma once\n"


class FileRules(unittest.TestCase):
    """Each rule: a text that breaks it, and the exact finding."""

    def expect(self, path, text, *findings):
        self.assertEqual(found(path, text), list(findings))

    def test_file_length_at_and_over_the_limit(self):
        self.expect("lib/a.cc", "\n" * 500)
        self.expect(
            "lib/a.cc",
            "\n" * 501,
            "lib/a.cc:1: 501 lines; at most 500: split the file by idea [file_length]",
        )

    def test_a_main_is_short(self):
        self.expect("ops/main.cc", "\n" * 80)
        self.expect(
            "ops/main.cc",
            "\n" * 81,
            "ops/main.cc:1: 81 lines; a main.cc has at most 80: "
            "move logic to a library [file_length]",
        )

    def test_line_length_at_and_over_the_limit(self):
        self.expect("a.py", "#" * 100 + "\n")
        self.expect("a.py", " " * 8 + "#" * 100)  # one word: a hash, an address
        self.expect("a.py", "\n# " + "#" * 99, "a.py:2: 101 columns; at most 100 [line_length]")
        self.expect("a.md", "# T\n" + "x" * 200)

    def test_function_length_at_and_over_the_limit(self):
        self.expect("lib/a.cc", "void F() {\n" + "\n" * 58 + "}\n")
        self.expect(
            "lib/a.cc",
            "namespace a {\nvoid F() {\n" + "\n" * 59 + "}\n}\n",
            "lib/a.cc:2: F has 61 lines; at most 60: name its steps [function_length]",
        )
        self.expect(
            "a.py",
            "def f():\n" + "  x = 1\n" * 60,
            "a.py:1: f has 61 lines; at most 60: name its steps [function_length]",
        )

    def test_parameters_at_and_over_the_limit(self):
        self.expect("lib/a.h", HEADER + "void F(int a, int b, std::map<int, int> c, int d);\n")
        self.expect(
            "lib/a.h",
            HEADER + "void F(int a, int b, int c, int d, int e);\n",
            "lib/a.h:3: F has 5 parameters; at most 4: make a struct, whose fields have names "
            "at the call [parameters]",
        )

    def test_an_override_and_an_out_of_line_definition_follow_their_declaration(self):
        self.expect("lib/a.h", HEADER + "struct A {\n  void F(bool b) override;\n};\n")
        self.expect("lib/a.cc", "void A::F(bool b) {}\n")

    def test_bool_parameter(self):
        self.expect(
            "lib/a.h",
            HEADER + "void Backup(int to, bool overwrite = false);\n",
            "lib/a.h:3: Backup: `bool overwrite = false` says nothing at the call; take an enum "
            "class, as in Overwrite::kNever, or a named struct [bool_parameter]",
        )

    def test_a_reason_excuses_a_line(self):
        self.expect(
            "lib/a.h",
            HEADER + "// tidy(bool_parameter): the value itself.\nvoid Add(int key, bool v);\n",
        )
        self.expect(
            "lib/a.h",
            HEADER + "void Add(int key, bool v);  // tidy(bool_parameter):\n",
            "lib/a.h:3: Add: `bool v` says nothing at the call; take an enum class, as in "
            "Overwrite::kNever, or a named struct [bool_parameter]",
        )

    def test_banned_calls_name_their_replacement(self):
        sleep = (
            "only base::Clock sleeps: call clock.SleepFor(duration, stop), which FakeClock can step"
        )
        console = "libraries do not talk to the terminal: log through base::Log, or return the text"
        throw = "expected failures are values: return base::Fail(); a broken invariant is CHECK()"
        now = "only base::Clock reads time: take a const Clock& and call UnixMs() or Monotonic()"
        chance = "chance is passed in, so that a test can repeat it: take a seed"
        expected = (
            "name base::Result<T>; lib/base/result.h is the only place that knows std::expected"
        )
        form = "libstdc++ 12 has no std::format: use std::string, snprintf or fmt"
        gone = "assert() is gone from optimised builds: use CHECK() of lib/base/check.h"
        using = "name the few things that you use: `using base::Result;`"
        cases = [
            ("std::this_thread::sleep_for(1s);", sleep, "sleep"),
            ("usleep(1);", sleep, "sleep"),
            ("auto t = std::chrono::system_clock::now();", now, "now"),
            ("std::cout << 1;", console, "console"),
            ("std::random_device r;", chance, "random"),
            ("throw 1;", throw, "throw"),
            ("std::format(x);", form, "format"),
            ("std::expected<int, int> e;", expected, "expected"),
            ("assert(x);", gone, "assert"),
            ("using namespace std;", using, "using_namespace"),
        ]
        for code, message, rule in cases:
            with self.subTest(code):
                self.expect("lib/x/a.cc", code, f"lib/x/a.cc:1: {message} [{rule}]")

    def test_what_is_not_a_banned_call(self):
        for code in (
            "// std::cout",
            'Say("throw");',
            "std::snprintf(a, 1, b);",
            "Rand();",
            "static_assert(true);",
            "using namespace std::chrono_literals;",
            "x.time(0, 1);",
            "noexcept(true);",
        ):
            with self.subTest(code):
                self.expect("lib/x/a.cc", code)
        self.expect("lib/base/clock.cc", "auto t = std::chrono::system_clock::now();")
        self.expect("home/main.cc", "std::cout << 1;")

    def test_header_form(self):
        self.expect(
            "lib/a.h",
            "#pragma once\n",
            "lib/a.h:1: a header begins with a comment: what callers may rely "
            "on (owner, threads, limits) [header_form]",
        )
        self.expect("lib/a.h", "// What.\n", "lib/a.h:1: a header has #pragma once [header_form]")

    def test_one_title_a_markdown_file(self):
        self.expect("a.md", "# T\n```sh\n# a remark\n```\n## Section\n")
        self.expect(
            "a.md",
            "Text\n",
            "a.md:1: a Markdown file begins with its title: `# What it is about` [markdown_title]",
        )
        self.expect(
            "a.md",
            "# T\n# U\n",
            "a.md:2: a second title; one `#` a file, sections are `##` [markdown_title]",
        )

    def test_a_todo_has_a_name_and_an_end(self):
        self.expect("lib/a.cc", "// TO" + "DO(ada): drop when Debian 13 is the base.\n")
        self.expect(
            "lib/a.cc",
            "// TO" + "DO: later\n",
            "lib/a.cc:1: write TO" + "DO(name): what, and when it "
            "stops being fine; or do it now [bare_todo]",
        )

    def test_no_path_of_one_machine(self):
        self.expect(
            "a.sh",
            "cd /ro" + "ot/x\n",
            "a.sh:1: a path of one machine; the tree must build and run everywhere [machine_path]",
        )
        self.expect("a.sh", "cd ~/ro" + "ot/x; cd $d/wo" + "rk/x\n")

    def test_build_files_name_their_files_and_their_users(self):
        self.expect(
            "lib/BUILD.bazel",
            'srcs = glob(["*.cc"])\n',
            "lib/BUILD.bazel:1: name the files: a glob hides "
            "what a target is made of [build_glob]",
        )
        self.expect(
            "lib/BUILD.bazel",
            'visibility = ["//visibility:public"]\n',
            "lib/BUILD.bazel:1: name who may "
            "use it; only the root's aliases are public [build_public]",
        )
        self.expect("BUILD.bazel", 'visibility = ["//visibility:public"]\n')


class TreeRules(unittest.TestCase):
    """The rules that need more than one file."""

    def expect(self, files, *findings):
        tree = [File(path, text) for path, text in files.items()]
        self.assertEqual([str(f) for f in tidy_rules.check_tree(tree)], list(findings))

    def test_a_service_has_a_readme(self):
        self.expect({"edge/x/main.cc": "\n", "edge/x/README.md": "# X\n"})
        message = "a service has edge/x/README.md: what it is, its flags, its limits"
        self.expect({"edge/x/main.cc": "\n"}, f"edge/x/main.cc:1: {message} [service_readme]")

    def test_an_adapter_passes_the_contract_test(self):
        adapter = HEADER + "class MyStore final : public prompt::Store {\n};\n"
        self.expect(
            {
                "lib/a/my_store.h": adapter,
                "lib/a/my_store_contract_test.cc": '#include "contract/store.h"\nMyStore s;\n',
            }
        )
        self.expect(
            {"lib/a/my_store.h": adapter},
            "lib/a/my_store.h:3: MyStore implements Store without the contract "
            "test: run the suite of lib/testing/contract/ on it in a *_contract_test.cc beside it "
            "[contract_test]",
        )

    def test_a_limit_is_named_by_a_test(self):
        limit = HEADER + "inline constexpr size_t kBodyBytesMax = 64 * 1024;\n"
        self.expect({"lib/a.h": limit, "lib/a_test.cc": "F(kBodyBytesMax + 1);\n"})
        self.expect(
            {"lib/a.h": limit},
            "lib/a.h:3: no test names kBodyBytesMax: test at it, below " "and above [limit_test]",
        )


class CppScan(unittest.TestCase):
    """The reader behind the function rules."""

    def functions(self, text):
        return [(f.name, f.lines, f.parameters) for f in cpp_scan.functions(text)]

    def test_comments_strings_and_macros_hide_braces(self):
        text = "#define A \\\n  {{\nint F() {\n  // }\n  return R\"({)\"[0] + '}' + 1'0;\n}\n"
        self.assertEqual(self.functions(text), [("F", 4, [])])

    def test_constructor_with_initializers(self):
        text = "A::A(int a)\n    : x_{a},\n      y_(a) {\n}\nvoid G() {}\n"
        self.assertEqual(self.functions(text), [("A::A", 4, ["int a"]), ("G", 1, [])])

    def test_default_arguments_and_templates(self):
        text = (
            "class A {\n public:\n  void F(Options o = {}, std::pair<int, int> p = {1, 2});\n};\n"
        )
        self.assertEqual(
            self.functions(text), [("F", 1, ["Options o = {}", "std::pair<int, int> p = {1, 2}"])]
        )

    def test_calls_inside_a_body_are_no_functions(self):
        self.assertEqual(
            self.functions("void F() {\n  G(1);\n  if (x) {\n    H(true);\n  }\n}\n"),
            [("F", 6, [])],
        )


class Tree(unittest.TestCase):
    """The project itself."""

    @classmethod
    def setUpClass(cls):
        cls.files = read_tree()

    def test_the_tree_has_no_findings(self):
        findings = [str(f) for f in tidy_rules.check_tree(self.files)]
        if findings:
            self.fail("\n" + "\n".join(findings))

    def test_figures(self):
        """Not bars but figures to watch; the bars are in CONVENTIONS.md."""
        ours = [
            f
            for f in self.files
            if f.suffix in tidy_rules.CODE and not f.path.startswith("third_party/")
        ]
        sources = [f for f in ours if not f.is_test]
        lengths = sorted(f.text.count("\n") for f in sources)
        functions = [
            g.lines for f in sources if f.is_cpp for g in cpp_scan.functions(f.text) if g.lines > 1
        ]
        tests = sum(f.text.count("\n") for f in ours if f.is_test)
        comments = []
        for f in sources:
            lines = [line.strip() for line in f.text.split("\n") if line.strip()]
            if f.suffix == ".h" and lines:
                comments.append(100 * sum(line.startswith("//") for line in lines) / len(lines))
        print(
            f"\n{len(sources)} files: median {statistics.median(lengths):.0f} lines (aim 130), "
            f"p90 {lengths[len(lengths) * 9 // 10]} (350), longest {lengths[-1]} (500)"
        )
        print(
            f"functions: median {statistics.median(functions):.0f} lines, "
            f"longest {max(functions)} (60)"
        )
        print(f"test lines : source lines = {tests / sum(lengths):.2f} (at least 0.7)")
        print(f"header comments: median {statistics.median(comments):.0f}% of the lines (25 to 45)")


if __name__ == "__main__":
    unittest.main(verbosity=1)
