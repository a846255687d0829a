#include "lib/mongo/errors.h"

#include <gtest/gtest.h>

namespace mongo {
namespace {

using base::Errc;
using Where = Trouble::Where;

TEST(Judge, TellsEveryCodeOfTheServerApart) {
  struct Case {
    int code;
    Errc errc;
    bool may_repeat;
    bool is_server_away;
  };
  for (const Case& c : {Case{kDuplicateKeyCode, Errc::kConflict, false, false},
                        {kWriteConflictCode, Errc::kUnavailable, true, false},
                        {kShutdownInProgressCode, Errc::kUnavailable, true, true},
                        {kNotWritablePrimaryCode, Errc::kUnavailable, true, true},
                        {kPrimarySteppedDownCode, Errc::kUnavailable, true, true},
                        {kAuthenticationFailedCode, Errc::kUnavailable, false, true},
                        {kUnauthorizedCode, Errc::kUnavailable, false, true},
                        {kMaxTimeExpiredCode, Errc::kUnavailable, false, false},
                        {10334, Errc::kInvalid, false, false},
                        {14031, Errc::kUnavailable, false, true},
                        {kCommandNotFoundCode, Errc::kInternal, false, false},
                        {999'999, Errc::kInternal, false, false}}) {
    const Judged judged =
        Judge({.where = Where::kServer, .code = c.code, .text = "said"}, "mongodb at db:27017");
    EXPECT_EQ(judged.error.code, c.errc) << c.code;
    EXPECT_EQ(judged.may_repeat, c.may_repeat) << c.code;
    EXPECT_EQ(judged.is_server_away, c.is_server_away) << c.code;
    EXPECT_TRUE(judged.error.message.starts_with("mongodb at db:27017: said (code ")) << c.code;
    EXPECT_NE(judged.error.message.find("; "), std::string::npos) << c.code;
  }
}

TEST(Judge, SaysWhatToDoWhereNoServerIsFound) {
  const std::pair<std::string, std::string> cases[] = {
      {"No suitable servers found: [connection refused calling hello on 'db:27017']",
       "is it running?"},
      {"[TLS handshake failed: certificate verify failed]", "TLS certificate"},
      {"[TLS handshake failed: Failed certificate verification: hostname mismatch]", "host"},
      {"[TLS handshake failed: wrong version number]", "does it speak TLS"},
      {"[Failed to resolve 'bd']", "its name is unknown"},
      {"Authentication failed.", "check user, password and authSource"},
      {"[socket timeout calling hello on 'db:27017']", "does not answer"},
      {"[connection timeout calling hello on 'db:27017']", "firewall"},
      {"No suitable servers found", "port 27017"}};
  for (const auto& [said, advice] : cases) {
    const Judged judged = Judge({.where = Where::kSelection, .text = said}, "mongodb at db:27017");
    EXPECT_EQ(judged.error.code, Errc::kUnavailable);
    EXPECT_TRUE(judged.is_server_away);
    EXPECT_NE(judged.error.message.find(advice), std::string::npos) << judged.error.message;
  }
}

TEST(Judge, WhatAServerSaysIsCutAndPrintable) {
  for (const size_t size : {kSaidBytesMax - 1, kSaidBytesMax, kSaidBytesMax + 1}) {
    const Judged judged =
        Judge({.where = Where::kServer, .code = 1, .text = std::string(size, 'x')}, "db");
    const auto count = std::count(judged.error.message.begin(), judged.error.message.end(), 'x');
    EXPECT_EQ(static_cast<size_t>(count), std::min(size, kSaidBytesMax));
  }
  const Judged judged = Judge({.where = Where::kServer, .code = 1, .text = "a\x1B[2J\n\xFF"}, "db");
  EXPECT_TRUE(judged.error.message.starts_with("db: a?[2J?? (code 1)")) << judged.error.message;
}

}  // namespace
}  // namespace mongo
