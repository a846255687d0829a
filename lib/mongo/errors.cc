#include "lib/mongo/errors.h"

#include <algorithm>
#include <array>

#include "lib/prompt/prompt.h"

namespace mongo {
namespace {

using base::Errc;

struct Rule {
  int code;
  Errc errc;
  bool may_repeat;
  bool is_server_away;
  std::string_view advice;
};

constexpr std::string_view kFailOver =
    "its role is changing (another server becomes primary); this is tried again by itself, see "
    "rs.status() when it stays";
constexpr std::string_view kRights = "give the user of the URL the role readWrite on this database";
constexpr std::string_view kPassword =
    "check user, password and authSource of the MongoDB URL (OTM_MONGO_URL, OTM_MONGO_PASSWORD)";
constexpr std::string_view kNet = "the server lost another server; see its log and rs.status()";

constexpr std::array<Rule, 24> kRules = {{
    {6, Errc::kUnavailable, true, false, kNet},
    {7, Errc::kUnavailable, true, false, kNet},
    {kUnauthorizedCode, Errc::kUnavailable, false, true, kRights},
    {kAuthenticationFailedCode, Errc::kUnavailable, false, true, kPassword},
    {kMaxTimeExpiredCode, Errc::kUnavailable, false, false,
     "the server is too slow: look at its load and its indexes, or ask for less"},
    {64, Errc::kUnavailable, false, false,
     "most servers of the set did not confirm it in time; see rs.status()"},
    {79, Errc::kUnavailable, false, false, "see rs.status()"},
    {89, Errc::kUnavailable, true, false, kNet},
    {kShutdownInProgressCode, Errc::kUnavailable, true, true,
     "it is being shut down; start it again"},
    {kWriteConflictCode, Errc::kUnavailable, true, false,
     "another write was faster; this is tried again by itself"},
    {133, Errc::kUnavailable, true, true, kFailOver},
    {134, Errc::kUnavailable, true, false, kFailOver},
    {kPrimarySteppedDownCode, Errc::kUnavailable, true, true, kFailOver},
    {262, Errc::kUnavailable, true, false, kNet},
    {9001, Errc::kUnavailable, true, false, kNet},
    {10058, Errc::kUnavailable, true, true, kFailOver},
    {kNotWritablePrimaryCode, Errc::kUnavailable, true, true, kFailOver},
    {10334, Errc::kInvalid, false, false, "shorten the text"},
    {kDuplicateKeyCode, Errc::kConflict, false, false, "load it again, then decide"},
    {11600, Errc::kUnavailable, true, true, kFailOver},
    {11602, Errc::kUnavailable, true, true, kFailOver},
    {13435, Errc::kUnavailable, true, true, kFailOver},
    {13436, Errc::kUnavailable, true, true, kFailOver},
    {14031, Errc::kUnavailable, false, true, "free some space on its disk"},
}};

// What the driver says when no server can be had -> what to do. The first that occurs counts.
struct Hint {
  std::string_view sign;
  std::string_view advice;
};
constexpr std::array<Hint, 11> kHints = {{
    {"uthentication failed", kPassword},
    {"authentication", kPassword},
    {"certificate",
     "its TLS certificate is not trusted here, or names another host: use the name "
     "in it in the URL, and tlsCAFile for a certificate of your own"},
    {"ostname", "its TLS certificate names another host: use that name in the URL"},
    {"TLS handshake failed",
     "does it speak TLS, and is its certificate trusted here (tlsCAFile)? "
     "Without TLS leave tls=true out of the URL"},
    {"resolve", "its name is unknown: check the host in the MongoDB URL, or use its address"},
    {"refused", "is it running? On its machine: systemctl status mongod"},
    {"Failed to connect",
     "is it running, and does a firewall let this machine in (port 27017)? On its "
     "machine: systemctl status mongod"},
    {"eplica set",
     "the set has no primary that can be reached, or another name: see rs.status() "
     "and replicaSet in the URL"},
    {"socket timeout", "it does not answer: is it overloaded, or stopped?"},
    {"timeout", "is the machine on, and does its firewall let this one in (port 27017)?"},
}};

std::string Printable(std::string_view text) {
  std::string clean(text.substr(0, kSaidBytesMax));
  while (!clean.empty() && !prompt::IsCleanUtf8(clean) && text.size() > clean.size() &&
         (static_cast<unsigned char>(clean.back()) & 0x80) != 0) {
    clean.pop_back();
  }
  const bool is_utf8 = prompt::IsCleanUtf8(clean);
  std::ranges::replace_if(
      clean,
      [&](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F || (!is_utf8 && byte >= 0x80);
      },
      '?');
  return clean;
}

base::Error Say(Errc code, std::string_view who, const Trouble& trouble, std::string_view advice) {
  std::string message = std::string(who) + ": " + Printable(trouble.text);
  if (trouble.code != 0) message += " (code " + std::to_string(trouble.code) + ")";
  return {code, message + "; " + std::string(advice)};
}

std::string_view Advice(const Trouble& trouble) {
  for (const Hint& hint : kHints) {
    if (trouble.text.find(hint.sign) != std::string::npos) return hint.advice;
  }
  return "is it running, and can this machine reach it (port 27017)?";
}

}  // namespace

Judged Judge(const Trouble& trouble, std::string_view who) {
  switch (trouble.where) {
    case Trouble::Where::kSelection:
      return {.error = Say(Errc::kUnavailable, who, trouble, Advice(trouble)),
              .may_repeat = false,  // The driver already waited for one.
              .is_server_away = true};
    case Trouble::Where::kNetwork:
      return {.error = Say(Errc::kUnavailable, who, trouble, Advice(trouble)),
              .may_repeat = true,
              .is_server_away = true};
    case Trouble::Where::kClient:
      return {.error = Say(Errc::kInternal, who, trouble, "please report this as a bug")};
    case Trouble::Where::kServer:
      break;
  }
  const auto* const rule = std::ranges::find(kRules, trouble.code, &Rule::code);
  if (rule != kRules.end()) {
    return {.error = Say(rule->errc, who, trouble, rule->advice),
            .may_repeat = rule->may_repeat,
            .is_server_away = rule->is_server_away};
  }
  return {.error = Say(Errc::kInternal, who, trouble,
                       "is this server supported? See lib/mongo/README.md; else report a bug")};
}

}  // namespace mongo
