#include "lib/base/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace base {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::string_view kNoFile = "/nonexistent/otm-test.conf";

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    config_.SetDefaultFile(std::string(kNoFile));
    config_.AddPort({"port", "PORT", "where browsers connect"}, port_);
    config_.AddText({"data", "DIR", "where everything is kept"}, data_);
    config_.AddUrl({"mongo-url", "URL", "of the database", {"BACKEND_MONGO_URL"}}, mongo_);
    config_.AddChoice({"log-level", "LEVEL", "what is logged"}, level_, {"debug", "info"});
    config_.AddDuration({"patience", "TIME", "for an answer"}, patience_,
                        {.min = seconds(1), .max = hours(1)});
    config_.AddSize({"body-max", "SIZE", "of a request"}, body_, {.min = 1024, .max = 1 << 20});
    config_.AddSwitch({"offline", "", "use no network"}, offline_);
    config_.AddSecret({"push-token", "TOKEN", "the token of the push service"}, token_);
  }
  // "" or the mistakes.
  std::string Load(std::vector<std::string> args, std::vector<std::string> environment = {}) {
    const auto request = config_.Load(args, environment);
    if (!request) return request.error().message;
    request_ = *request;
    return "";
  }
  std::string WriteFile(const std::string& name, std::string_view text) {
    const std::string path = ::testing::TempDir() + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  int port_ = 9000;
  std::string data_ = "/srv/otm";
  std::string mongo_ = "http://db:27017";
  std::string level_ = "info";
  Duration patience_ = seconds(90);
  size_t body_ = 128 * 1024;
  bool offline_ = false;
  std::string token_;
  ConfigRequest request_ = ConfigRequest::kRun;
  Config config_{"otm-test"};
};

TEST_F(ConfigTest, WithoutSourcesTheDefaultsStay) {
  EXPECT_EQ(Load({}), "");
  EXPECT_EQ(port_, 9000);
  EXPECT_EQ(request_, ConfigRequest::kRun);
}

TEST_F(ConfigTest, FlagsWinOverEnvironmentOverFileOverDefaults) {
  const std::string path = WriteFile("layers.conf", "port=1\ndata=file\nlog-level=debug\n");
  EXPECT_EQ(Load({"--config", path, "--port=3"}, {"OTM_PORT=2", "OTM_DATA=environment"}), "");
  EXPECT_EQ(port_, 3);
  EXPECT_EQ(data_, "environment");
  EXPECT_EQ(level_, "debug");
  EXPECT_EQ(patience_, seconds(90));
}

TEST_F(ConfigTest, PrintShowsValueAndOriginAndHidesSecrets) {
  const std::string path = WriteFile("print.conf", "log_level = debug\npush-token = hunter2\n");
  EXPECT_EQ(Load({"--config", path, "--port", "80", "--print-config"}, {"OTM_DATA=a #b"}), "");
  EXPECT_EQ(request_, ConfigRequest::kPrintConfig);
  EXPECT_EQ(token_, "hunter2");
  const std::string expected =
      "port       = 80                 # flag --port\n"
      "data       = \"a #b\"             # environment OTM_DATA\n"
      "mongo-url  = http://db:27017    # default\n"
      "log-level  = debug              # file PATH:1\n"
      "patience   = 90s                # default\n"
      "body-max   = 128KiB             # default\n"
      "offline    = false              # default\n"
      "# push-token is set and hidden  # file PATH:2\n";
  std::string printed = config_.Print();
  for (size_t at; (at = printed.find(path)) != std::string::npos;) {
    printed.replace(at, path.size(), "PATH");
  }
  EXPECT_EQ(printed, expected);
}

TEST_F(ConfigTest, WhatIsPrintedIsAValidFile) {
  ASSERT_EQ(Load({"--data= 'x' #y\\", "--offline"}), "");
  const std::string path = WriteFile("printed.conf", config_.Print());
  data_.clear();
  offline_ = false;
  Config again("otm-test");
  again.AddText({"data", "DIR", "d"}, data_);
  again.AddSwitch({"offline", "", "o"}, offline_);
  for (const char* name : {"port", "mongo-url", "log-level", "patience", "body-max"}) {
    again.Ignore(name);
  }
  const std::vector<std::string> args = {"--config", path};
  const auto request = again.Load(args, {});
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(data_, " 'x' #y\\");
  EXPECT_TRUE(offline_);
}

TEST_F(ConfigTest, UnknownKeysAreErrorsWithASuggestion) {
  EXPECT_EQ(Load({"--prot", "80"}), "flag --prot: there is no such setting; did you mean --port?");
}

TEST_F(ConfigTest, UnknownKeysFarFromAllPointToHelp) {
  EXPECT_EQ(Load({"--kafka=x"}), "flag --kafka: there is no such setting; see otm-test --help");
}

TEST_F(ConfigTest, UnknownKeysOfTheFileNameTheirLine) {
  const std::string path =
      WriteFile("unknown.conf", "\nlog-levle = debug\nBACKEND_MONGO_URI = x\n");
  EXPECT_EQ(Load({"--config", path}),
            "file " + path + ":2: there is no such setting; did you mean log-level?\n" + "file " +
                path + ":3: there is no such setting; did you mean BACKEND_MONGO_URL?");
}

TEST_F(ConfigTest, AMistypedVariableIsAnErrorAndAForeignOneIsNot) {
  EXPECT_EQ(Load({}, {"OTM_PROT=80", "OTM_HOST=x", "HOME=/root", "PORT=80"}),
            "environment OTM_PROT: there is no such setting; did you mean OTM_PORT?");
}

TEST_F(ConfigTest, IgnoredNamesAreAccepted) {
  config_.Ignore("OTM_PORTS");
  const std::string path = WriteFile("ignored.conf", "OTM_PORTS = 1\n");
  EXPECT_EQ(Load({"--config", path}, {"OTM_PORTS=1"}), "");
}

TEST_F(ConfigTest, TheNamesOfTheOriginalSystemAreRead) {
  const std::string path = WriteFile("env.raspi",
                                     "\xEF\xBB\xBF"
                                     "BACKEND_MONGO_URL=\"http://h:1\" \r\nOTM_PORT=8\r\n");
  EXPECT_EQ(Load({}, {"OTM_CONFIG=" + path}), "");
  EXPECT_EQ(mongo_, "http://h:1");
  EXPECT_EQ(port_, 8);
}

TEST_F(ConfigTest, AVariableSetToNothingIsUnset) {
  EXPECT_EQ(Load({}, {"OTM_PORT=", "OTM_DATA"}), "");
  EXPECT_EQ(port_, 9000);
}

TEST_F(ConfigTest, EveryMistakeIsListed) {
  EXPECT_EQ(Load({"--port=x", "--patience=90", "--offline=yes"}),
            "flag --port: \"x\" is no whole number; write it as 42\n"
            "flag --patience: \"90\" is no duration; write it as 500ms, 90s, 2m, 1h or 1d\n"
            "flag --offline: \"yes\" is no switch; write true or false");
}

TEST_F(ConfigTest, ValuesAreHeldToTheirLimits) {
  struct Case {
    std::string_view name;
    std::string flag;
    bool accepted;
  };
  const std::vector<Case> cases = {
      {"lowest", "--port=0", true},
      {"below", "--port=" + std::to_string(kPortMax - 1), true},
      {"highest", "--port=" + std::to_string(kPortMax), true},
      {"over", "--port=" + std::to_string(kPortMax + 1), false},
      {"under", "--port=-1", false},
      {"far over", "--port=4294967376", false},
      {"trailing", "--port=80x", false},
      {"shortest", "--patience=1s", true},
      {"too short", "--patience=999ms", false},
      {"longest", "--patience=1h", true},
      {"too long", "--patience=3601s", false},
      {"smallest", "--body-max=1KiB", true},
      {"too small", "--body-max=1023", false},
      {"largest", "--body-max=1MiB", true},
      {"too large", "--body-max=1048577", false},
      {"a choice", "--log-level=debug", true},
      {"no choice", "--log-level=trace", false},
      {"a URL", "--mongo-url=https://h", true},
      {"no scheme", "--mongo-url=h:27017", false},
      {"no host", "--mongo-url=http:///x", false},
      {"newline", "--data=a\nb", false},
  };
  for (const Case& c : cases) {
    Config config("otm-test");
    config.SetDefaultFile(std::string(kNoFile));
    config.AddPort({"port", "PORT", "p"}, port_);
    config.AddText({"data", "DIR", "d"}, data_);
    config.AddUrl({"mongo-url", "URL", "m"}, mongo_);
    config.AddChoice({"log-level", "LEVEL", "l"}, level_, {"debug", "info"});
    config.AddDuration({"patience", "TIME", "t"}, patience_, {seconds(1), hours(1)});
    config.AddSize({"body-max", "SIZE", "s"}, body_, {1024, 1 << 20});
    const std::vector<std::string> args = {c.flag};
    EXPECT_EQ(config.Load(args, {}).has_value(), c.accepted) << c.name;
  }
}

TEST_F(ConfigTest, RangesAreNamedInTheMessage) {
  EXPECT_EQ(Load({"--port=65536", "--patience=2h"}),
            "flag --port: 65536 is not between 0 and 65535; choose a value in this range\n"
            "flag --patience: 2h is not between 1s and 1h; choose a value in this range");
}

TEST_F(ConfigTest, SwitchesKnowOnOffAndNo) {
  EXPECT_EQ(Load({"--offline"}), "");
  EXPECT_TRUE(offline_);
}

TEST_F(ConfigTest, OfRepeatedFlagsTheLastWins) {
  EXPECT_EQ(Load({"--offline", "--no-offline", "--port=1", "--port=2"}), "");
  EXPECT_FALSE(offline_);
  EXPECT_EQ(port_, 2);
}

TEST_F(ConfigTest, AFlagWithoutItsValueIsAMistake) {
  EXPECT_EQ(Load({"--port", "--offline"}), "--port needs a value; write --port=VALUE");
}

TEST_F(ConfigTest, WordsThatNobodyAskedForAreMistakes) {
  EXPECT_EQ(Load({"start", "-p"}),
            "-p is no option; options start with \"--\", see --help\n"
            "\"start\" is one word too many; options start with \"--\", see --help");
}

TEST_F(ConfigTest, ArgumentsAreCollectedUpToTheirNumber) {
  std::vector<std::string> words;
  config_.AddArguments(words, 2);
  EXPECT_EQ(Load({"a", "--port=1", "--", "--b"}), "");
  EXPECT_EQ(words, (std::vector<std::string>{"a", "--b"}));
}

TEST_F(ConfigTest, OneArgumentOverTheNumberIsAMistake) {
  std::vector<std::string> words;
  config_.AddArguments(words, 1);
  EXPECT_EQ(Load({"a", "b"}), "\"b\" is one word too many; options start with \"--\", see --help");
}

TEST_F(ConfigTest, HelpWinsOverMistakes) {
  EXPECT_EQ(Load({"--prot=1", "--version", "--help"}), "");
  EXPECT_EQ(request_, ConfigRequest::kHelp);
}

TEST_F(ConfigTest, HelpListsEverySetting) {
  EXPECT_EQ(config_.Help(),
            "  --port PORT             where browsers connect [9000]\n"
            "  --data DIR              where everything is kept [/srv/otm]\n"
            "  --mongo-url URL         of the database [http://db:27017]\n"
            "  --log-level LEVEL       what is logged (debug, info) [info]\n"
            "  --patience TIME         for an answer [90s]\n"
            "  --body-max SIZE         of a request [128KiB]\n"
            "  --offline               use no network\n"
            "  --push-token-file PATH  file that holds: the token of the push service\n"
            "  --config PATH           file with settings [/nonexistent/otm-test.conf]\n"
            "  --print-config          show each setting and where it came from\n"
            "  --help, --version       show this, or the version\n");
}

TEST_F(ConfigTest, ASecretIsReadFromAFileOfItsOwn) {
  const std::string path = WriteFile("token", "hunter2\r\n");
  EXPECT_EQ(Load({}, {"OTM_PUSH_TOKEN_FILE=" + path}), "");
  EXPECT_EQ(token_, "hunter2");
  EXPECT_TRUE(config_.Print().contains("is set and hidden  # environment OTM_PUSH_TOKEN_FILE"));
  EXPECT_FALSE(config_.Print().contains("hunter2"));
}

TEST_F(ConfigTest, ASecretIsReadFromSystemdsCredentials) {
  WriteFile("push-token", "hunter2");
  EXPECT_EQ(Load({}, {"CREDENTIALS_DIRECTORY=" + ::testing::TempDir()}), "");
  EXPECT_EQ(token_, "hunter2");
}

TEST_F(ConfigTest, ASecretIsNotTakenFromTheCommandLine) {
  EXPECT_EQ(Load({"--push-token=hunter2"}),
            "flag --push-token: there is no such setting; a secret on the command line can be "
            "seen by others, use --push-token-file");
  EXPECT_EQ(token_, "");
}

TEST_F(ConfigTest, ASecretAndItsFileInOneSourceIsAMistake) {
  const std::string path = WriteFile("token2", "x");
  const std::string message = Load({}, {"OTM_PUSH_TOKEN=hunter2", "OTM_PUSH_TOKEN_FILE=" + path});
  EXPECT_EQ(message,
            "environment OTM_PUSH_TOKEN_FILE: push-token is also set by environment "
            "OTM_PUSH_TOKEN; remove one of them");
}

TEST_F(ConfigTest, AMissingOrEmptyOrHugeSecretFileIsAMistake) {
  const std::string fits = WriteFile("fits", std::string(kSecretBytesMax, 'x'));
  EXPECT_TRUE(ReadSecretFile(fits));
  EXPECT_FALSE(ReadSecretFile(WriteFile("over", std::string(kSecretBytesMax + 1, 'x'))));
  EXPECT_FALSE(ReadSecretFile(WriteFile("empty", "\n")));
  EXPECT_EQ(Load({"--push-token-file=/nonexistent/x"}),
            "flag --push-token-file: /nonexistent/x: No such file or directory; check the path "
            "and its permissions");
}

TEST_F(ConfigTest, AFileThatIsNamedMustExist) {
  EXPECT_EQ(Load({"--config=/nonexistent/x"}),
            "/nonexistent/x: No such file or directory; check the path and its permissions");
}

TEST_F(ConfigTest, ADirectoryIsNoConfigurationFile) {
  EXPECT_EQ(Load({"--config=" + ::testing::TempDir()}),
            ::testing::TempDir() + " cannot be read; is it a regular file?");
}

TEST(ConfigDeathTest, ANameIsDeclaredOnce) {
  int a = 0;
  Config config("otm-test");
  config.AddPort({"port", "PORT", "p"}, a);
  EXPECT_DEATH(config.AddPort({"port", "PORT", "p"}, a), "try_emplace");
  EXPECT_DEATH(config.AddPort({"Port", "PORT", "p"}, a), "IsName");
}

}  // namespace
}  // namespace base
