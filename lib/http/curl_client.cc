#include "lib/http/curl_client.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "lib/base/check.h"
#include "lib/http/addresses.h"

namespace http {
namespace {

using std::chrono::milliseconds;

// How long one poll may last; a stop and the next deadline end it earlier.
constexpr milliseconds kPollMax{1000};

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

void Append(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  CHECK(longer != nullptr);
  (void)list.release();
  list.reset(longer);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

HeaderList RequestHeaders(const ClientRequest& request) {
  HeaderList list;
  bool has_type = false;
  for (const auto& [name, value] : request.headers) {
    has_type = has_type || LowerCase(name) == "content-type";
    // libcurl's form for a header without a value is a semicolon.
    Append(list, value.empty() ? name + ";" : name + ": " + value);
  }
  Append(list, "Expect:");  // No waiting for 100 Continue.
  if (!has_type) Append(list, "Content-Type:");
  return list;
}

int64_t Milliseconds(base::Duration duration) {
  return std::max<int64_t>(1, std::chrono::ceil<milliseconds>(duration).count());
}

std::string Seconds(base::Duration duration) {
  std::array<char, 32> text{};
  const double seconds = std::chrono::duration<double>(duration).count();
  std::snprintf(text.data(), text.size(), "%.3g s", seconds);
  return text.data();
}

// One call: what libcurl reports, and when it has to end.
class Call {
 public:
  Call(const ClientRequest& request, const std::function<bool(std::string_view)>& on_body,
       const base::Clock& clock, CURL* easy)
      : request_(request),
        on_body_(on_body),
        clock_(clock),
        headers_(RequestHeaders(request)),
        easy_(easy),
        begin_(clock.Monotonic()),
        progress_(begin_) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void Configure();
  base::Result<ClientResponse> Run(CURLM* multi, std::stop_token stop);
  bool complete() const { return complete_; }  // The connection may be used again.

 private:
  enum class End { kNone, kListener, kTooLarge, kHeadTooLarge, kListenerThrew };
  enum class Phase { kConnect, kSend, kBody };

  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static curl_socket_t OnSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  // tidy(parameters): the signatures of these two are libcurl's.
  static int OnConnected(void* self, char*, char*, int, int);
  // tidy(parameters): as above.
  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t uploaded);

  bool TakeBody(std::string_view piece);
  std::optional<base::Error> Overdue() const;
  base::Duration UntilDue() const;
  base::Result<ClientResponse> Finish(CURLcode code);
  base::Error Unavailable(const std::string& what) const {
    return {base::Errc::kUnavailable, UrlAuthority(request_.url) + ": " + what};
  }
  base::Error Failed(CURLcode code) const;

  const ClientRequest& request_;
  const std::function<bool(std::string_view)>& on_body_;
  const base::Clock& clock_;
  const HeaderList headers_;
  CURL* const easy_;
  const base::Duration begin_;
  base::Duration progress_;  // When the phase began or its last bytes moved.
  Phase phase_ = Phase::kConnect;
  End end_ = End::kNone;
  bool complete_ = false;
  bool refused_peer_ = false;
  curl_off_t uploaded_ = 0;
  size_t header_bytes_ = 0;
  size_t body_bytes_ = 0;
  ClientResponse response_;
  std::array<char, CURL_ERROR_SIZE> reason_{};
};

void Call::Configure() {
  CURL* const easy = easy_;
  curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // Also not from the environment.
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A stop does not wait for the resolver's thread.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(Milliseconds(request_.deadlines.connect)));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  if (request_.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request_.method != "GET" || !request_.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Call::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Call::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Call::OnConnected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &Call::OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason_.data());
  if (request_.peers == Peers::kAny) return;
  // Not over a connection that somebody else may have opened to wherever.
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Call::OnSocket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
}

// The last moment at which the address is known and nothing was sent.
curl_socket_t Call::OnSocket(void* self, curlsocktype, curl_sockaddr* address) {
  if (!IsPublicAddress(address->addr)) {
    static_cast<Call*>(self)->refused_peer_ = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int Call::OnConnected(void* self, char*, char*, int, int) {
  auto* call = static_cast<Call*>(self);
  call->phase_ = Phase::kSend;
  call->progress_ = call->clock_.Monotonic();
  return CURL_PREREQFUNC_OK;
}

int Call::OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t uploaded) {
  auto* call = static_cast<Call*>(self);
  if (call->phase_ == Phase::kSend && uploaded != call->uploaded_) {
    call->uploaded_ = uploaded;
    call->progress_ = call->clock_.Monotonic();
  }
  return 0;
}

size_t Call::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto* call = static_cast<Call*>(self);
  const size_t bytes = size * count;
  const std::string_view line(data, bytes);
  call->phase_ = Phase::kBody;
  call->progress_ = call->clock_.Monotonic();
  call->header_bytes_ += bytes;
  if (call->header_bytes_ > kResponseHeaderBytesMax) {
    call->end_ = End::kHeadTooLarge;
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    call->response_.headers.clear();  // Those of a 100 Continue, or the like.
  } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    call->response_.headers.emplace_back(LowerCase(line.substr(0, colon)),
                                         Trim(line.substr(colon + 1)));
  }
  return bytes;
}

size_t Call::OnBody(char* data, size_t size, size_t count, void* self) {
  auto* call = static_cast<Call*>(self);
  const size_t bytes = size * count;
  call->progress_ = call->clock_.Monotonic();
  try {
    return call->TakeBody(std::string_view(data, bytes)) ? bytes : CURL_WRITEFUNC_ERROR;
  } catch (const std::exception&) {  // Not through libcurl, which is C.
    call->end_ = End::kListenerThrew;
    return CURL_WRITEFUNC_ERROR;
  }
}

// False when the call has to end.
bool Call::TakeBody(std::string_view piece) {
  body_bytes_ += piece.size();
  if (body_bytes_ > request_.body_bytes_max) {
    end_ = End::kTooLarge;
    return false;
  }
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (!on_body_ || status < 200 || status > 299) {
    response_.body += piece;
    return true;
  }
  if (on_body_(piece)) return true;
  end_ = End::kListener;
  return false;
}

std::optional<base::Error> Call::Overdue() const {
  const Deadlines& deadlines = request_.deadlines;
  const base::Duration now = clock_.Monotonic();
  if (now - begin_ >= deadlines.total) {
    return Unavailable("no complete answer within " + Seconds(deadlines.total) +
                       "; try again, or allow more time");
  }
  if (phase_ == Phase::kSend && now - progress_ >= deadlines.first_byte) {
    return Unavailable("connected, but no answer began within " + Seconds(deadlines.first_byte) +
                       "; the server may be overloaded, try again later");
  }
  if (phase_ == Phase::kBody && now - progress_ >= deadlines.idle) {
    return Unavailable("the answer stalled for " + Seconds(deadlines.idle) +
                       "; the server may be overloaded, try again later");
  }
  return std::nullopt;
}

base::Duration Call::UntilDue() const {
  const Deadlines& deadlines = request_.deadlines;
  const base::Duration now = clock_.Monotonic();
  base::Duration due = std::min<base::Duration>(kPollMax, deadlines.total - (now - begin_));
  if (phase_ == Phase::kSend) due = std::min(due, deadlines.first_byte - (now - progress_));
  if (phase_ == Phase::kBody) due = std::min(due, deadlines.idle - (now - progress_));
  return due;
}

base::Result<ClientResponse> Call::Run(CURLM* multi, std::stop_token stop) {
  curl_multi_add_handle(multi, easy_);
  const auto remove = [multi](CURL* easy) { curl_multi_remove_handle(multi, easy); };
  const std::unique_ptr<CURL, decltype(remove)> added(easy_, remove);
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  for (;;) {
    int running = 0;
    if (const CURLMcode code = curl_multi_perform(multi, &running); code != CURLM_OK) {
      return base::Fail(base::Errc::kInternal, curl_multi_strerror(code));
    }
    if (running == 0) break;
    if (stop.stop_requested()) return std::unexpected(Unavailable("stopped"));
    if (auto overdue = Overdue()) return std::unexpected(*std::move(overdue));
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(Milliseconds(UntilDue())), nullptr);
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &left);
  CHECK(message != nullptr && message->msg == CURLMSG_DONE);
  return Finish(message->data.result);
}

base::Result<ClientResponse> Call::Finish(CURLcode code) {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  switch (end_) {
    case End::kNone:
      break;
    case End::kListener:
      return std::move(response_);
    case End::kTooLarge:
      return base::Fail(base::Errc::kExhausted, UrlAuthority(request_.url) +
                                                    ": the answer is larger than " +
                                                    std::to_string(request_.body_bytes_max) +
                                                    " bytes; ask for less, or raise the limit");
    case End::kHeadTooLarge:
      return base::Fail(base::Errc::kExhausted,
                        UrlAuthority(request_.url) + ": the head of the answer is larger than " +
                            std::to_string(kResponseHeaderBytesMax) + " bytes; is it HTTP?");
    case End::kListenerThrew:
      return base::Fail(base::Errc::kInternal, UrlAuthority(request_.url) +
                                                   ": the receiver of the body threw; please "
                                                   "report this as a bug");
  }
  if (code != CURLE_OK) return std::unexpected(Failed(code));
  complete_ = true;
  return std::move(response_);
}

base::Error Call::Failed(CURLcode code) const {
  if (refused_peer_) {
    return {base::Errc::kInvalid, UrlAuthority(request_.url) +
                                      ": its address is not on the internet but of this "
                                      "machine or its network; name another host"};
  }
  if (code == CURLE_COULDNT_RESOLVE_HOST) return Unavailable("no such host; check the name");
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return Unavailable("no connection within " + Seconds(request_.deadlines.connect) +
                       "; is the host up and the address right?");
  }
  if (code == CURLE_COULDNT_CONNECT) {
    long error = 0;
    curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &error);
    const std::string what = error == 0 ? "no connection" : strerror(static_cast<int>(error));
    return Unavailable(what + "; is the server running there?");
  }
  if (code == CURLE_URL_MALFORMAT) {
    return {
        base::Errc::kInvalid,
        UrlAuthority(request_.url) + ": not a valid address; write it like http://127.0.0.1:11434"};
  }
  // The scheme was checked before: it is the answer that is in no known protocol.
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY) {
    return Unavailable("the answer is not HTTP; check what listens there");
  }
  if (code == CURLE_PARTIAL_FILE || code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR ||
      code == CURLE_SEND_ERROR) {
    return Unavailable("the connection was cut before the answer was complete; try again");
  }
  const std::string reason = reason_[0] == '\0' ? curl_easy_strerror(code) : reason_.data();
  return Unavailable(reason + "; check the address and what listens there");
}

}  // namespace

struct CurlClient::Lane {
  Lane() : multi(curl_multi_init()), easy(curl_easy_init()) {
    CHECK(multi != nullptr && easy != nullptr);
  }
  ~Lane() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  CURLM* const multi;
  CURL* const easy;
};

void CurlClient::LaneDeleter::operator()(Lane* lane) const { delete lane; }

CurlClient::CurlClient(const base::Clock& clock) : clock_(clock) {
  CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

CurlClient::~CurlClient() {
  idle_.clear();
  curl_global_cleanup();
}

CurlClient::LanePointer CurlClient::TakeLane() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      LanePointer lane = std::move(idle_.back());
      idle_.pop_back();
      return lane;
    }
  }
  return LanePointer(new Lane);
}

void CurlClient::KeepLane(LanePointer lane) {
  curl_easy_reset(lane->easy);
  std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleLanesMax) idle_.push_back(std::move(lane));
}

base::Result<ClientResponse> CurlClient::Send(const ClientRequest& request, std::stop_token stop) {
  return Stream(request, nullptr, stop);
}

base::Result<ClientResponse> CurlClient::Stream(
    const ClientRequest& request, const std::function<bool(std::string_view)>& on_body,
    std::stop_token stop) {
  RETURN_IF_ERROR(CheckRequest(request));
  if (stop.stop_requested()) {
    return base::Fail(base::Errc::kUnavailable, UrlAuthority(request.url) + ": stopped");
  }
  LanePointer lane = TakeLane();
  Call call(request, on_body, clock_, lane->easy);
  call.Configure();
  auto response = call.Run(lane->multi, stop);
  if (call.complete()) KeepLane(std::move(lane));
  return response;
}

}  // namespace http
