#include "lib/base/config_file.h"

#include <gtest/gtest.h>

#include <string>

namespace base {
namespace {

// The value of the only line, or the error in brackets.
std::string One(std::string_view text) {
  const auto lines = ParseConfigFile(text);
  if (!lines) return "[" + lines.error().message + "]";
  if (lines->size() != 1) return "[" + std::to_string(lines->size()) + " lines]";
  return lines->at(0).key + "|" + lines->at(0).value;
}

TEST(ConfigFile, ReadsKeysAndValues) {
  const auto lines = ParseConfigFile("# first\n\nport = 9000\nOTM_DATA=/srv/otm\n");
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 2u);
  EXPECT_EQ(lines->at(0).key, "port");
  EXPECT_EQ(lines->at(0).value, "9000");
  EXPECT_EQ(lines->at(0).number, 3);
  EXPECT_EQ(lines->at(1).key, "OTM_DATA");
  EXPECT_EQ(lines->at(1).number, 4);
}

TEST(ConfigFile, ToleratesWhatEditorsAndShellsLeaveBehind) {
  EXPECT_EQ(One("\xEF\xBB\xBFport = 9000"), "port|9000");
  EXPECT_EQ(One("port = 9000\r\n"), "port|9000");
  EXPECT_EQ(One("  port\t=\t9000 \t "), "port|9000");
  EXPECT_EQ(One("export PORT=9000"), "PORT|9000");
  EXPECT_EQ(One("port = 9000 # the usual"), "port|9000");
  EXPECT_EQ(One("port ="), "port|");
  EXPECT_EQ(One("port = # none"), "port|");
  EXPECT_EQ(One("url = http://db:27017/?a=b#c"), "url|http://db:27017/?a=b#c");
}

TEST(ConfigFile, ExportIsAlsoAKey) {
  EXPECT_EQ(One("export = 1"), "export|1");
  EXPECT_EQ(One("export=1"), "export|1");
  EXPECT_EQ(One("export export = 1"), "export|1");
}

TEST(ConfigFile, ReadsQuotedValues) {
  EXPECT_EQ(One(R"(a = "x y" # z)"), "a|x y");
  EXPECT_EQ(One(R"(a = "  # no comment ")"), "a|  # no comment ");
  EXPECT_EQ(One(R"(a = "say \"hi\" \\ \n")"), R"(a|say "hi" \ \n)");
  EXPECT_EQ(One(R"(a = 'x \"y')"), R"(a|x \"y)");
  EXPECT_EQ(One(R"(a = "")"), "a|");
}

TEST(ConfigFile, RefusesWhatItCannotReadAndNamesTheLineButNoValue) {
  EXPECT_EQ(One("\nport"), "[line 2: there is no \"=\"; write key = value]");
  EXPECT_EQ(One("= 1"),
            "[line 1: what stands before \"=\" is no key; use letters, digits, \"_\" and \"-\"]");
  EXPECT_EQ(One("a b = 1"),
            "[line 1: what stands before \"=\" is no key; use letters, digits, \"_\" and \"-\"]");
  EXPECT_EQ(One("a = \"hunter2"), "[line 1: the closing quote is missing]");
  EXPECT_EQ(One("a = \"x\" y"),
            "[line 1: there is text after the closing quote; write \\\" for a quote inside]");
  EXPECT_EQ(One(std::string_view("a = x\0y", 7)), "[line 1: there is a control character in it]");
  EXPECT_EQ(One("a = x\ry"), "[line 1: there is a control character in it]");
  EXPECT_EQ(One("a = 1\nb = 2\na = 3"),
            "[line 3: a was already set in line 1; remove one of them]");
}

TEST(ConfigFile, RefusesAFileOverTheLimit) {
  const std::string fits = "a = " + std::string(kConfigFileBytesMax - 4, 'x');
  EXPECT_TRUE(ParseConfigFile(fits));
  EXPECT_TRUE(ParseConfigFile(fits.substr(0, fits.size() - 1)));
  EXPECT_FALSE(ParseConfigFile(fits + "x"));
}

TEST(ConfigFile, WhatIsQuotedIsReadBack) {
  for (const char* value : {"", "plain", "a b", " a", "a ", "a#b", "a #b", "\"", "'x'", "a\"b",
                            "\\", "\"\\\"", "it's"}) {
    EXPECT_EQ(One("k = " + QuoteConfigValue(value)), "k|" + std::string(value));
  }
  EXPECT_EQ(QuoteConfigValue("a b"), "a b");
}

}  // namespace
}  // namespace base
