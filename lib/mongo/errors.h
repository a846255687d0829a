// What an answer, or the lack of one, of a MongoDB server means for the caller.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace mongo {

// Codes of the servers (mongod's error_codes.yml), by number since other servers have no names.
inline constexpr int kUnauthorizedCode = 13;
inline constexpr int kAuthenticationFailedCode = 18;
inline constexpr int kMaxTimeExpiredCode = 50;
inline constexpr int kCommandNotFoundCode = 59;
inline constexpr int kShutdownInProgressCode = 91;
inline constexpr int kWriteConflictCode = 112;
inline constexpr int kPrimarySteppedDownCode = 189;
inline constexpr int kNotWritablePrimaryCode = 10107;
inline constexpr int kDuplicateKeyCode = 11000;

// What went wrong, as the driver tells it.
struct Trouble {
  enum class Where {
    kSelection,  // No server that would do was found.
    kNetwork,    // The connection, or what came over it.
    kServer,     // The server answered with an error.
    kClient,     // The command was never sent.
  };
  Where where = Where::kClient;
  int code = 0;      // The server's; 0 elsewhere.
  std::string text;  // What was said.
};

struct Judged {
  base::Error error;
  bool may_repeat = false;      // Soon; it may have been done, and its answer was lost.
  bool is_server_away = false;  // Nobody can be served now: a matter for /readyz.
};

// `who` names the server without its password: "mongodb at db:27017". Foreign text in the message
// is cut to kSaidBytesMax bytes and made printable. Everything that can get better without a
// change of the request is kUnavailable, wrong passwords too: whoever waits for the store goes on
// waiting, and a person reads why.
Judged Judge(const Trouble& trouble, std::string_view who);

inline constexpr size_t kSaidBytesMax = 300;  // Of what a server or the driver said.

}  // namespace mongo
