#include "ops/dlq/dlq.h"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/base/config.h"
#include "lib/base/exit_code.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/kafka/kafka_bus.h"
#include "lib/kafka/options.h"
#include "lib/prompt/letter.h"
#include "lib/prompt/topics.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite_bus.h"
#include "ops/dlq/letter_box.h"
#include "ops/dlq/report.h"
#include "ops/output.h"

namespace ops {
namespace {

using base::Errc;

constexpr int kExitUsage = 64;
constexpr size_t kWordsMax = 2;       // The verb and an id.
constexpr size_t kFailuresShown = 5;  // The others are alike.
constexpr std::string_view kDataFile = "/otm-home.db";

struct Options {
  std::vector<std::string> words;
  std::string data;
  int limit = kLettersShownDefault;
  bool json = false;
  bool all = false;
  bool yes = false;
  kafka::KafkaOptions kafka;
};

void Declare(base::Config& config, Options& options) {
  config.AddArguments(options.words, kWordsMax);
  config.AddText({"data", "DIR", "of a home edition, running or not; else Kafka is asked"},
                 options.data);
  config.AddInt({"limit", "N", "letters that list shows, the newest"}, options.limit,
                {.min = 1, .max = kLettersShownMax});
  config.AddSwitch({"json", "", "for scripts: one line"}, options.json);
  config.AddSwitch({"all", "", "requeue or discard every open letter"}, options.all);
  config.AddSwitch({"yes", "", "discard --all without it does nothing"}, options.yes);
  kafka::Declare(config, options.kafka);
}

std::string HelpText(const base::Config& config) {
  return "ops dlq: messages that the council could not take in, and what to do about them\n\n"
         "Usage: ops dlq list [--limit N] [--json]\n"
         "       ops dlq show ID [--json]\n"
         "       ops dlq requeue ID | --all\n"
         "       ops dlq discard ID | --all --yes\n\n" +
         config.Help() +
         "\nrequeue sends the original bytes to their topic once more: first set right what the\n"
         "error says. discard only marks the letter as done. Both may be repeated. Letters are\n"
         "kept for 30 days.\n"
         "Exit codes: 0 done, 64 wrong usage, 65 it cannot be sent again, 66 no such letter,\n"
         "69 Kafka or the disk is away, 73 it was done before.\n\n"
         "Example:\n  BACKEND_KAFKA_BROKERS=192.168.1.100:9092 ops dlq list\n";
}

struct Request {
  std::string verb;
  std::optional<prompt::Place> id;
};

// What the words ask for, or what is wrong with them.
base::Result<Request> Understand(const Options& options) {
  const auto wrong = [](std::string why) { return base::Fail(Errc::kInvalid, std::move(why)); };
  if (options.words.empty()) return wrong("what is to be done? list, show, requeue or discard");
  Request request{.verb = options.words[0], .id = {}};
  const bool settles = request.verb == "requeue" || request.verb == "discard";
  if (request.verb != "list" && request.verb != "show" && !settles) {
    return wrong("there is no \"" + Printable(request.verb) +
                 "\"; use list, show, requeue or discard");
  }
  if (options.words.size() > 1) {
    request.id = prompt::ParsePlace(options.words[1]);
    if (!request.id) {
      return wrong("\"" + Printable(options.words[1]) +
                   "\" is no id of a letter, such as 0-41; ops dlq list shows them");
    }
  }
  if (request.verb == "list" && (request.id || options.all)) return wrong("list takes no id");
  if (request.verb == "show" && (!request.id || options.all)) return wrong("show takes one id");
  if (settles && request.id.has_value() == options.all) {
    return wrong(request.verb + " takes one id, or --all");
  }
  if (request.verb == "discard" && options.all && !options.yes) {
    return wrong("discard --all gives up every open letter; if that is meant, add --yes");
  }
  return request;
}

// Prints what List() finds.
base::Status List(LetterBox& box, const Options& options, const CommandParts& parts) {
  ASSIGN_OR_RETURN(const Listing listing, box.List(static_cast<size_t>(options.limit)));
  parts.out(options.json ? LettersJson(listing) : LettersTable(listing));
  if (listing.open > listing.letters.size()) {
    parts.error("ops dlq: " + std::to_string(listing.open) + (listing.has_more ? " and more" : "") +
                " letters are open, the newest " + std::to_string(listing.letters.size()) +
                " are shown; see more with --limit\n");
  }
  if (!listing.letters.empty()) {
    parts.error("ops dlq: next: ops dlq show ID, then requeue or discard it\n");
  }
  return {};
}

base::Status Settle(LetterBox& box, const Request& request, const CommandParts& parts) {
  const bool requeues = request.verb == "requeue";
  const Settling settling = requeues ? Settling::kRequeue : Settling::kDiscard;
  ASSIGN_OR_RETURN(const Settled settled,
                   request.id ? box.Settle(*request.id, settling) : box.SettleAll(settling));
  parts.out(std::to_string(settled.done) + (settled.done == 1 ? " letter " : " letters ") +
            (requeues ? "requeued\n" : "discarded\n"));
  for (size_t i = 0; i < settled.failures.size() && i < kFailuresShown; ++i) {
    parts.error("ops dlq: " + settled.failures[i] + "\n");
  }
  if (settled.has_more) parts.error("ops dlq: more letters are open; do it again\n");
  if (settled.failures.empty()) return {};
  return base::Fail(Errc::kInvalid, std::to_string(settled.failures.size()) +
                                        " letters could not be sent again and stay open; see each "
                                        "with ops dlq show, then discard it");
}

base::Status Do(LetterBox& box, const Request& request, const Options& options,
                const CommandParts& parts) {
  if (request.verb == "list") return List(box, options, parts);
  if (request.verb != "show") return Settle(box, request, parts);
  ASSIGN_OR_RETURN(const WholeLetter letter, box.Find(*request.id));
  parts.out(options.json ? LetterJson(letter) : LetterText(letter));
  return {};
}

template <class BusAndScanner>
LetterBox BoxOn(BusAndScanner& bus, const CommandParts& parts) {
  return LetterBox({.bus = bus,
                    .scanner = bus,
                    .clock = parts.clock,
                    .topic = std::string(prompt::kIncomingTopic)});
}

base::Status Run(const Request& request, const Options& options, const CommandParts& parts) {
  if (!options.data.empty()) {
    ASSIGN_OR_RETURN(const auto database,
                     sqlite::Database::Open({.path = options.data + std::string(kDataFile),
                                             .role = sqlite::Role::kGuest},
                                            parts.clock));
    sqlite::SqliteBus bus(*database, parts.clock);
    LetterBox box = BoxOn(bus, parts);
    return Do(box, request, options, parts);
  }
  base::Log log("ops", base::LogLevel::kError, parts.clock, [](std::string_view) {});
  base::Metrics metrics;
  ASSIGN_OR_RETURN(const auto bus,
                   kafka::KafkaBus::Make(options.kafka, {.clock = parts.clock,
                                                         .log = log,
                                                         .metrics = metrics,
                                                         .topics = kafka::TopicsAtStart::kLeave}));
  LetterBox box = BoxOn(*bus, parts);
  return Do(box, request, options, parts);
}

}  // namespace

int Dlq(std::span<const std::string> args, const CommandParts& parts) {
  Options options;
  base::Config config("ops");
  Declare(config, options);
  const auto asked = config.Load(args, parts.environment);
  const auto usage = [&](const std::string& why) {
    parts.error("ops dlq: " + why + "\ntry: ops dlq --help\n");
    return kExitUsage;
  };
  if (!asked) return usage(asked.error().message);
  if (const auto code = Inform(*asked, config, HelpText(config), parts)) return *code;
  const auto request = Understand(options);
  if (!request) return usage(request.error().message);
  const auto done = Run(*request, options, parts);
  if (done) return 0;
  parts.error("ops dlq: " + done.error().message + "\n");
  return base::ExitCode(done.error().code);
}

}  // namespace ops
