// FakeHttp: http::HttpClient that plays scripts and remembers what was sent.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/http/client.h"
#include "lib/testing/http_script.h"

namespace testing {

// Thread-safe. A URL that no route fits is refused as if nobody listened there.
class FakeHttp final : public http::HttpClient {
 public:
  // Deadlines of silent answers pass on `clock`, which outlives the fake.
  explicit FakeHttp(const base::Clock& clock);
  ~FakeHttp() override;

  // Answers requests whose URL begins with `url`; the newest route that fits wins. Beyond the
  // first of several scripts, calls get them in order, and the last one for ever.
  void Route(std::string url, std::vector<HttpScript> scripts);
  // The same, decided for each call, on the caller's thread.
  using Handler = std::function<HttpScript(const http::ClientRequest&)>;
  void Route(std::string url, Handler handler);

  std::vector<http::ClientRequest> requests() const;  // In the order of arrival.
  // Waits until `count` requests have come in all; false after `timeout` of real time.
  bool WaitForRequests(size_t count, base::Duration timeout = std::chrono::seconds(10));

  base::Result<http::ClientResponse> Send(const http::ClientRequest& request,
                                          std::stop_token stop) override;
  base::Result<http::ClientResponse> Stream(const http::ClientRequest& request,
                                            const std::function<bool(std::string_view)>& on_body,
                                            std::stop_token stop) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace testing
