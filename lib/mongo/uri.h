// The driver's form of MongoOptions.
#pragma once

#include <mongoc/mongoc.h>

#include <memory>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/mongo/options.h"

namespace mongo {

struct FreeUri {
  void operator()(mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }
};
using Uri = std::unique_ptr<mongoc_uri_t, FreeUri>;

// How the time of a call is shared out, so that one attempt ends within it: the driver has no
// deadline of a whole call. In tenths of MongoOptions::timeout.
inline constexpr int kPoolTenths = 1;     // Waiting for a free connection.
inline constexpr int kSelectTenths = 2;   // Finding a server that would do.
inline constexpr int kConnectTenths = 2;  // Each step of connecting: TCP, TLS, login.
inline constexpr int kSocketTenths = 3;   // The server's answer.
base::Duration Tenths(const MongoOptions& options, int tenths);

// Also sets the driver up, once in a process. kInvalid, without the password, for a URL that is
// none or wants what is not built in (mongodb+srv).
base::Result<Uri> MakeUri(const MongoOptions& options);

// "db1:27017,db2:27017"
std::string Hosts(const mongoc_uri_t* uri);

// The URL's, or the one of `options`.
std::string DatabaseOf(const mongoc_uri_t* uri, const MongoOptions& options);

}  // namespace mongo
