#include "lib/mongo/uri.h"

#include <mutex>

namespace mongo {
namespace {

using base::Errc;

constexpr std::string_view kShape =
    "write it as mongodb://user:password@host:27017, with % codes for : / ? # [ ] @ in the "
    "password";

// What the driver would print on stderr comes back as errors too.
void Quiet(mongoc_log_level_t, const char*, const char*, void*) {}

void StartDriver() {
  static std::once_flag once;
  std::call_once(once, [] {
    mongoc_log_set_handler(Quiet, nullptr);
    mongoc_init();
  });
}

int Milliseconds(base::Duration duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return ms < 1 ? 1 : static_cast<int>(ms);
}

struct Number {
  const char* name;
  int value;
};

base::Status SetLimits(mongoc_uri_t* uri, const MongoOptions& options) {
  const int connect = Milliseconds(Tenths(options, kConnectTenths));
  const Number numbers[] = {
      {MONGOC_URI_WAITQUEUETIMEOUTMS, Milliseconds(Tenths(options, kPoolTenths))},
      {MONGOC_URI_SERVERSELECTIONTIMEOUTMS, Milliseconds(Tenths(options, kSelectTenths))},
      {MONGOC_URI_CONNECTTIMEOUTMS, connect},
      {MONGOC_URI_SOCKETTIMEOUTMS, Milliseconds(Tenths(options, kSocketTenths))},
      {MONGOC_URI_MAXPOOLSIZE, options.pool_size}};
  for (const Number& number : numbers) {
    if (!mongoc_uri_set_option_as_int32(uri, number.name, number.value)) {
      return base::Fail(Errc::kInternal, std::string("the driver refuses ") + number.name +
                                             "; please report this as a bug");
    }
  }
  // The driver's own repeating needs sessions, which not every server has. Ours does without: each
  // write says by which state it is allowed and leaves a mark of who did it (mongo_store.h).
  const bool good = mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false) &&
                    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
  if (good && mongoc_uri_set_appname(uri, options.app.c_str())) return {};
  return base::Fail(Errc::kInternal, "the driver refuses its options; please report this as a bug");
}

base::Status SetLogin(mongoc_uri_t* uri, const MongoOptions& options) {
  if (!options.user.empty() && !mongoc_uri_set_username(uri, options.user.c_str())) {
    return base::Fail(Errc::kInvalid, "mongo-user is no UTF-8; correct it");
  }
  if (!options.password.empty() && mongoc_uri_get_username(uri) == nullptr) {
    return base::Fail(Errc::kInvalid,
                      "there is a mongo-password but no user; set mongo-user, or name one in the "
                      "MongoDB URL");
  }
  if (!options.password.empty() && !mongoc_uri_set_password(uri, options.password.c_str())) {
    return base::Fail(Errc::kInvalid, "mongo-password is no UTF-8; correct it");
  }
  if (options.tls_ca.empty()) return {};
  if (mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLS, true) &&
      mongoc_uri_set_option_as_utf8(uri, MONGOC_URI_TLSCAFILE, options.tls_ca.c_str())) {
    return {};
  }
  return base::Fail(Errc::kInvalid, "mongo-tls-ca contradicts the URL; remove one of them");
}

}  // namespace

base::Duration Tenths(const MongoOptions& options, int tenths) {
  constexpr int kAll = 10;
  return options.timeout * tenths / kAll;
}

base::Result<Uri> MakeUri(const MongoOptions& options) {
  StartDriver();
  if (!options.url.starts_with("mongodb://")) {
    return base::Fail(Errc::kInvalid,
                      "the MongoDB URL does not begin with mongodb://; " + std::string(kShape));
  }
  bson_error_t error;
  Uri uri(mongoc_uri_new_with_error(options.url.c_str(), &error));
  // What the driver says may quote the URL: it is left out.
  if (uri == nullptr) {
    return base::Fail(Errc::kInvalid, "the MongoDB URL cannot be read; " + std::string(kShape));
  }
  RETURN_IF_ERROR(SetLimits(uri.get(), options));
  RETURN_IF_ERROR(SetLogin(uri.get(), options));
  return uri;
}

std::string Hosts(const mongoc_uri_t* uri) {
  std::string hosts;
  for (const auto* host = mongoc_uri_get_hosts(uri); host != nullptr; host = host->next) {
    hosts += (hosts.empty() ? "" : ",") + std::string(host->host_and_port);
  }
  return hosts;
}

std::string DatabaseOf(const mongoc_uri_t* uri, const MongoOptions& options) {
  const char* const named = mongoc_uri_get_database(uri);
  return named == nullptr || *named == '\0' ? options.database : std::string(named);
}

}  // namespace mongo
