#include "lib/http/guard.h"

#include <algorithm>
#include <utility>

#include "lib/http/problem.h"

namespace http {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return lower;
}

// "Example.local:9000" -> "example.local", "[::1]:9000" -> "::1".
std::string HostName(std::string_view authority) {
  if (authority.starts_with('[')) {
    return Lower(authority.substr(1, authority.find(']') - 1));
  }
  std::string name = Lower(authority.substr(0, authority.find(':')));
  if (name.ends_with('.')) name.pop_back();  // "localhost." is the same name, fully qualified.
  return name;
}

// An authority without the port that its scheme has anyway.
std::string WithoutDefaultPort(std::string_view authority) {
  std::string lower = Lower(authority);
  for (const std::string_view port : {":80", ":443"}) {
    if (lower.ends_with(port)) return lower.substr(0, lower.size() - port.size());
  }
  return lower;
}

bool IsLoopbackIpv4(std::string_view host) {
  if (!host.starts_with("127.")) return false;
  const auto is_part = [](char c) { return c == '.' || (c >= '0' && c <= '9'); };
  return std::ranges::all_of(host, is_part) && std::ranges::count(host, '.') == 3;
}

// Only the scheme may differ: TLS may end at a proxy in front.
bool IsSameOrigin(std::string_view origin, std::string_view host) {
  const size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;  // Also "null".
  return WithoutDefaultPort(origin.substr(scheme + 3)) == WithoutDefaultPort(host);
}

std::optional<Response> CheckSite(const Request& request, std::string_view host) {
  const auto site = request.Header("sec-fetch-site").value_or("none");
  const bool ours = site == "same-origin" || site == "none";
  const bool changes = request.method != Method::kGet;
  const auto origin = request.Header("origin");
  if (changes && origin && !IsSameOrigin(*origin, host)) {
    return Problem(request, 403, "Foreign origin",
                   "this request comes from a page of another site; open the portal's own "
                   "page and ask there");
  }
  // A link from elsewhere to the page is fine; reading the API in the background is not.
  const bool navigates = !changes && request.Header("sec-fetch-mode").value_or("") == "navigate";
  if (!ours && !navigates && (changes || request.path.starts_with("/api/"))) {
    return Problem(request, 403, "Foreign site",
                   "a page of another site may not use this API; open the portal's own page");
  }
  return std::nullopt;
}

}  // namespace

Guard::Guard(std::vector<std::string> allowed_hosts) : allowed_hosts_(std::move(allowed_hosts)) {
  for (std::string& host : allowed_hosts_) host = HostName(host);
}

bool Guard::IsOurs(std::string_view host) const {
  return host == "localhost" || host == "::1" || IsLoopbackIpv4(host) ||
         std::ranges::find(allowed_hosts_, host) != allowed_hosts_.end();
}

std::optional<Response> Guard::Check(const Request& request) const {
  const std::string_view host = request.Header("host").value_or("");
  if (!IsOurs(HostName(host))) {
    return Problem(request, 421, "Unknown host",
                   "this server does not answer to the name in the address bar; open it as "
                   "http://localhost or add the name to the allowed hosts");
  }
  if (auto refusal = CheckSite(request, host)) return refusal;
  // A DELETE cannot be sent by a form, and a script elsewhere may not send it unasked.
  const bool simple = request.method == Method::kPost;
  if (simple && !HasJsonBody(request) && request.Header("x-otm").value_or("") != "1") {
    return Problem(request, 415, "Unsupported content type",
                   "send JSON with \"Content-Type: application/json\", or the header "
                   "\"X-OTM: 1\" where there is no body");
  }
  return std::nullopt;
}

bool HasJsonBody(const Request& request) {
  const std::string_view type = request.Header("content-type").value_or("");
  std::string name = Lower(type.substr(0, type.find(';')));
  while (name.ends_with(' ')) name.pop_back();
  return name == "application/json";
}

void SetHeader(Response& response, std::string_view name, std::string value) {
  std::erase_if(response.headers, [&](const auto& field) { return field.first == name; });
  response.headers.emplace_back(name, std::move(value));
}

void AddSecurityHeaders(Response& response) {
  static constexpr std::pair<const char*, const char*> kHeaders[] = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
       "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
  };
  for (const auto& [name, value] : kHeaders) response.headers.emplace_back(name, value);
}

}  // namespace http
