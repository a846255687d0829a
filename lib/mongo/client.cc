#include "lib/mongo/client.h"

#include <mongoc/mongoc.h>

#include <algorithm>

#include "lib/base/backoff.h"
#include "lib/mongo/uri.h"

namespace mongo {
namespace {

constexpr base::BackoffOptions kWaits = {.first = std::chrono::milliseconds(20),
                                         .max = std::chrono::milliseconds(200)};

struct FreeCursor {
  void operator()(mongoc_cursor_t* cursor) const { mongoc_cursor_destroy(cursor); }
};
struct FreeCollection {
  void operator()(mongoc_collection_t* collection) const { mongoc_collection_destroy(collection); }
};
struct FreePrefs {
  void operator()(mongoc_read_prefs_t* prefs) const { mongoc_read_prefs_destroy(prefs); }
};
using Prefs = std::unique_ptr<mongoc_read_prefs_t, FreePrefs>;

// A reply that the driver fills in.
class Reply {
 public:
  Reply() { bson_init(&bson_); }
  ~Reply() { bson_destroy(&bson_); }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  // The driver initialises it again: what bson_init made owns no memory.
  bson_t* get() { return &bson_; }
  View view() const { return View(&bson_); }

 private:
  bson_t bson_;
};

Trouble TroubleOf(const bson_error_t& error, const View& reply) {
  Trouble trouble{.where = Trouble::Where::kServer, .code = 0, .text = error.message};
  switch (error.domain) {
    case MONGOC_ERROR_SERVER_SELECTION:
    case MONGOC_ERROR_POOL:
      trouble.where = Trouble::Where::kSelection;
      return trouble;
    case MONGOC_ERROR_STREAM:
    case MONGOC_ERROR_PROTOCOL:
    case MONGOC_ERROR_BSON:
    case MONGOC_ERROR_CURSOR:
      trouble.where = Trouble::Where::kNetwork;
      return trouble;
    case MONGOC_ERROR_CLIENT:
    case MONGOC_ERROR_SCRAM:
    case MONGOC_ERROR_SASL:
      // Logging in goes wrong on the driver's side: the server names no code.
      if (error.domain == MONGOC_ERROR_CLIENT && error.code != MONGOC_ERROR_CLIENT_AUTHENTICATE) {
        trouble.where = Trouble::Where::kNetwork;
        return trouble;
      }
      trouble.code = kAuthenticationFailedCode;
      if (trouble.text.find("UTF-16") != std::string::npos) {
        trouble.text =
            "the password holds other characters than printable ASCII, which this "
            "program cannot send";
      }
      return trouble;
    default:
      break;
  }
  trouble.code = static_cast<int>(reply.Int("code").value_or(error.code));
  return trouble;
}

Trouble WriteTrouble(const View& error) {
  return {.where = Trouble::Where::kServer,
          .code = static_cast<int>(error.Int("code").value_or(0)),
          .text = error.Text("errmsg").value_or("a write failed")};
}

bool IsWrite(const View& command) {
  const auto keys = command.Keys();
  return !keys.empty() && (keys[0] == "insert" || keys[0] == "update" || keys[0] == "delete");
}

Prefs PrefsFor(Target target, Reads reads) {
  const bool near = target == Target::kNear && reads == Reads::kSecondaryPreferred;
  return Prefs(mongoc_read_prefs_new(near ? MONGOC_READ_SECONDARY_PREFERRED : MONGOC_READ_PRIMARY));
}

int64_t SocketMs(const MongoOptions& options) {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(Tenths(options, kSocketTenths));
  return std::max<int64_t>(1, ms.count());
}

}  // namespace

struct Client::Driver {
  explicit Driver(const mongoc_uri_t* uri) : pool(mongoc_client_pool_new(uri)) {
    if (pool != nullptr) mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2);
  }
  ~Driver() {
    if (pool != nullptr) mongoc_client_pool_destroy(pool);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  mongoc_client_pool_t* const pool;
};

namespace {

// A connection for the time of one command.
class Lent {
 public:
  explicit Lent(mongoc_client_pool_t* pool) : pool_(pool), client_(mongoc_client_pool_pop(pool)) {}
  ~Lent() {
    if (client_ != nullptr) mongoc_client_pool_push(pool_, client_);
  }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

  mongoc_client_t* get() const { return client_; }

 private:
  mongoc_client_pool_t* const pool_;
  mongoc_client_t* const client_;
};

Trouble NoneFree() {
  return {.where = Trouble::Where::kSelection,
          .text = "all connections are in use and none came free (timeout); raise mongo-pool"};
}

}  // namespace

base::Result<std::unique_ptr<Client>> Client::Open(const MongoOptions& options,
                                                   const base::Clock& clock) {
  ASSIGN_OR_RETURN(const Uri uri, MakeUri(options));
  auto driver = std::make_unique<Driver>(uri.get());
  if (driver->pool == nullptr) {
    return base::Fail(base::Errc::kInvalid,
                      "the MongoDB URL names options that contradict each other, or a TLS file "
                      "that cannot be read; correct it");
  }
  std::unique_ptr<Client> client(new Client(std::move(driver), options, clock));
  client->who_ = "mongodb at " + Hosts(uri.get());
  client->database_ = DatabaseOf(uri.get(), options);
  client->problem_ = client->who_ + " was not asked yet; wait a moment";
  return client;
}

Client::Client(std::unique_ptr<Driver> driver, const MongoOptions& options,
               const base::Clock& clock)
    : driver_(std::move(driver)), options_(options), clock_(clock) {}

Client::~Client() = default;

Call Client::Begin(std::string_view method) const {
  return {.comment = options_.app + " " + std::string(method),
          .end = clock_.Monotonic() + options_.timeout};
}

base::Result<Document> Client::Run(const Call& call, Target target, Document command) {
  const Asked asked{.command = std::move(command.Text("comment", call.comment)), .target = target};
  Document reply;
  RETURN_IF_ERROR(Repeat(call, [&] { return TryRun(asked, reply); }));
  return reply;
}

base::Result<Document> Client::RunEach(const Call& call, Document command) {
  const Asked asked{.command = std::move(command.Text("comment", call.comment)),
                    .is_judged_by_statement = true};
  Document reply;
  RETURN_IF_ERROR(Repeat(call, [&] { return TryRun(asked, reply); }));
  return reply;
}

std::optional<Trouble> Client::TryRun(const Asked& asked, Document& reply) {
  if (has_time_limits_) {
    const Document limited = Document(asked.command.view()).Int("maxTimeMS", SocketMs(options_));
    const auto trouble = Send(asked, limited, reply);
    // Some servers know it for a few commands only; the socket's time limit holds everywhere.
    if (!trouble || trouble->text.find("maxTimeMS") == std::string::npos) return trouble;
    has_time_limits_ = false;
  }
  return Send(asked, asked.command, reply);
}

std::optional<Trouble> Client::Send(const Asked& asked, const Document& command, Document& reply) {
  const Lent lent(driver_->pool);
  if (lent.get() == nullptr) return NoneFree();
  Reply answer;
  bson_error_t error{};
  const std::string& database = database_;
  bool good = false;
  if (IsWrite(command.view())) {
    const Document options = Document().Child(
        "writeConcern",
        Document().Text("w", "majority").True("j").Int("wtimeout", SocketMs(options_)));
    good = mongoc_client_write_command_with_opts(lent.get(), database.c_str(), command.get(),
                                                 options.get(), answer.get(), &error);
  } else {
    const Prefs prefs = PrefsFor(asked.target, options_.reads);
    good = mongoc_client_read_command_with_opts(lent.get(), database.c_str(), command.get(),
                                                prefs.get(), nullptr, answer.get(), &error);
  }
  const auto errors = answer.view().Children("writeErrors");
  if (!errors.empty() && !asked.is_judged_by_statement) return WriteTrouble(errors.front());
  if (const auto concern = answer.view().Child("writeConcernError")) return WriteTrouble(*concern);
  if (!good) return TroubleOf(error, answer.view());
  reply = Document(answer.view());
  return std::nullopt;
}

base::Status Client::Find(const Call& call, const Query& query,
                          const std::function<bool(const View& document)>& take) {
  bool has_taken = false;
  const auto take_once = [&](const View& document) {
    has_taken = true;
    return take(document);
  };
  return Repeat(call, [&]() -> std::optional<Trouble> {
    auto trouble = TryFind(call, query, take_once);
    // Beginning again would give documents twice.
    if (trouble && has_taken) trouble->where = Trouble::Where::kSelection;
    return trouble;
  });
}

std::optional<Trouble> Client::TryFind(const Call& call, const Query& query,
                                       const std::function<bool(const View& document)>& take) {
  const Lent lent(driver_->pool);
  if (lent.get() == nullptr) return NoneFree();
  Document options;
  if (!query.sort.view().Keys().empty()) options.Child("sort", query.sort);
  if (!query.projection.view().Keys().empty()) options.Child("projection", query.projection);
  if (query.limit > 0) options.Int("limit", query.limit);
  options.Int("batchSize", query.batch).Text("comment", call.comment);
  if (has_time_limits_) options.Int("maxTimeMS", SocketMs(options_));
  const Prefs prefs = PrefsFor(query.target, options_.reads);
  const std::unique_ptr<mongoc_collection_t, FreeCollection> collection(
      mongoc_client_get_collection(lent.get(), database_.c_str(),
                                   std::string(query.collection).c_str()));
  const std::unique_ptr<mongoc_cursor_t, FreeCursor> cursor(mongoc_collection_find_with_opts(
      collection.get(), query.filter.get(), options.get(), prefs.get()));
  const bson_t* document = nullptr;
  while (mongoc_cursor_next(cursor.get(), &document)) {
    if (!take(View(document))) return std::nullopt;
    if (clock_.Monotonic() > call.end) {
      return Trouble{.where = Trouble::Where::kNetwork,
                     .text = "the list did not end in time (timeout)"};
    }
  }
  bson_error_t error{};
  const bson_t* reply = nullptr;
  if (!mongoc_cursor_error_document(cursor.get(), &error, &reply)) return std::nullopt;
  return TroubleOf(error, reply == nullptr ? View() : View(reply));
}

base::Status Client::Repeat(const Call& call,
                            const std::function<std::optional<Trouble>()>& attempt) {
  const base::Duration last_start = call.end - Tenths(options_, 10 - kStartTenthsMax);
  base::Backoff backoff(kWaits, static_cast<uint64_t>(clock_.Monotonic().count()));
  base::Error last{base::Errc::kUnavailable,
                   who_ +
                       ": the call took too long before this step; try again, or look at the "
                       "server's load"};
  for (int i = 0; i < kAttemptsMax && clock_.Monotonic() <= last_start; ++i) {
    if (i > 0) (void)clock_.SleepFor(backoff.Next(), {});
    const auto trouble = attempt();
    if (!trouble) {
      Remember(nullptr);
      return {};
    }
    const Judged judged = Judge(*trouble, who_);
    Remember(&judged);
    last = judged.error;
    if (!judged.may_repeat) break;
  }
  return std::unexpected(last);
}

void Client::Remember(const Judged* failure) {
  const bool is_away = failure != nullptr && failure->is_server_away;
  const std::scoped_lock lock(mutex_);
  problem_ = is_away ? failure->error.message : std::string();
}

std::string Client::NotReady() const {
  const std::scoped_lock lock(mutex_);
  return problem_;
}

}  // namespace mongo
